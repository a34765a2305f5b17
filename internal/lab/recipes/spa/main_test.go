package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core/sessiontest"
	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
	"github.com/ringsession/ringsession/internal/redistest"
)

const (
	page     = "https://app.example.net"
	stranger = "https://evil.example"
)

// fetch is the request of a script, by a browser that checks CORS only afterwards.
func fetch(v *recipetest.Visitor, from, method, path, body string) recipetest.Reply {
	return v.Do(method, path, body, "Accept", "*/*", "Origin", from, "Content-Type", "application/json",
		"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty")
}

// readable reports whether a browser lets the script read the answer.
func readable(r recipetest.Reply, from string) bool {
	return r.Header.Get("Access-Control-Allow-Origin") == from && r.Header.Get("Access-Control-Allow-Credentials") == "true"
}

func TestAPageOfAnotherOriginSignsInAndOut(t *testing.T) {
	v := recipetest.New(t, newApp(sessiontest.New(t, options(page)), page))
	const login = `{"user": "ada", "password": "open sesame"}`
	for _, step := range []struct{ from, method, path, body, want string }{
		{page, "GET", "/me", "", `401 {"error":"Login required.","needs":"login"}`},
		{page, "POST", "/login", `{"user": "ada", "password": "guess"}`, "403 wrong name or password"},
		{page, "POST", "/login", "user=ada", "400 want an object with user and password"},
		{page, "POST", "/login", login, "204"},
		{page, "GET", "/me", "", `200 {"user":"ada"}`},
		{stranger, "POST", "/logout", "", "403 …"},
		{page, "GET", "/me", "", `200 {"user":"ada"}`},
		{page, "POST", "/logout", "", "204"},
		{page, "GET", "/me", "", `401 {"error":"Login required.","needs":"login"}`},
	} {
		reply := fetch(v, step.from, step.method, step.path, step.body)
		v.Want(step.method+" "+step.path, reply, step.want)
		if got := readable(reply, step.from); got != (step.from == page) {
			t.Errorf("%s %s of %s: readable is %v", step.method, step.path, step.from, got)
		}
		if cookie := reply.Header.Get("Set-Cookie"); step.body == login && !strings.Contains(cookie, "SameSite=None") {
			t.Errorf("the cookie is %q", cookie)
		}
	}
}

func TestOnlyThePageMayAskBefore(t *testing.T) {
	v := recipetest.New(t, newApp(sessiontest.New(t, options(page)), page))
	for _, row := range []struct {
		from, method string
		may          bool
	}{{page, "PUT", true}, {page, "PATCH", false}, {stranger, "PUT", false}} {
		reply := v.Do(http.MethodOptions, "/me", "", "Origin", row.from,
			"Access-Control-Request-Method", row.method, "Access-Control-Request-Headers", "content-type")
		if got := readable(reply, row.from) && reply.Header.Get("Access-Control-Allow-Methods") == row.method; got != row.may {
			t.Errorf("the preflight of %s for %s: %v, %v", row.from, row.method, got, reply.Header)
		}
	}
}

func TestMainServesTheApp(t *testing.T) {
	v := recipetest.Run(t, main, "REDIS_URL", redistest.Start(t).URL(), "APP_ORIGIN", page)
	v.Want("a login", fetch(v, page, "POST", "/login", `{"user": "ada", "password": "open sesame"}`), "204")
}
