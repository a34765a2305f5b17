package fibertest

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/internal/chaintest"
)

// Cookies tests that other hands on the Cookie header change no verdict.
func Cookies(t *testing.T, v Version) {
	run(t, v, map[string]func(*testing.T, Version){
		"outer middleware may change the cookies": changedCookies,
		"behind encrypted cookies":                encrypted,
		"behind a server of net/http":             behindNetHTTP,
		"header names in any case":                anyCase,
	})
}

// As with net/http, the cookies that count are those that the request has when it comes to the adapter.
func changedCookies(t *testing.T, v Version) {
	token := ""
	for _, row := range []struct {
		name   string
		change func(h *fasthttp.RequestHeader)
		user   string
	}{
		{"look at one", func(h *fasthttp.RequestHeader) { h.Cookie("a") }, "ada"},
		{"delete the header", func(h *fasthttp.RequestHeader) { h.Del("Cookie") }, ""},
		{"look, then delete the header", func(h *fasthttp.RequestHeader) { h.Cookie("a"); h.Del("Cookie") }, ""},
		{"delete all cookies", func(h *fasthttp.RequestHeader) { h.DelAllCookies() }, ""},
		{"delete the cookie", func(h *fasthttp.RequestHeader) { h.DelCookie("__Host-session") }, ""},
		{"delete another", func(h *fasthttp.RequestHeader) { h.DelCookie("a") }, "ada"},
		{"replace it", func(h *fasthttp.RequestHeader) { h.SetCookie("__Host-session", "x") }, ""},
		{"add another", func(h *fasthttp.RequestHeader) { h.SetCookie("b", "2") }, "ada"},
		{"bring it", func(h *fasthttp.RequestHeader) { h.Del("Cookie"); h.Set("Cookie", token) }, "ada"},
	} {
		app := v.site(t, new(chaintest.Store), Config{}, func(c Ctx) error {
			if c.Path() == "/user" {
				row.change(&c.RequestCtx().Request.Header)
			}
			return c.Next()
		})
		ada := get(t, app, "/login", nil)
		token, _, _ = strings.Cut(ada.Header.Get("Set-Cookie"), ";")
		chaintest.Want(t, row.name+": user", get(t, app, "/user", ada, "Cookie", "a=1").body, row.user)
	}
}

func encrypted(t *testing.T, v Version) {
	app := v.site(t, new(chaintest.Store), Config{}, v.EncryptCookies)
	chaintest.Want(t, "user", get(t, app, "/user", get(t, app, "/login", nil)).body, "ada")
}

// The request is made by hand then, and has no bytes of its own.
func behindNetHTTP(t *testing.T, v Version) {
	h := v.Server(v.site(t, new(chaintest.Store), Config{}))
	ask := func(path, cookie string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	line, _, _ := strings.Cut(ask("/login", "a=1").Header().Get("Set-Cookie"), ";")
	chaintest.Want(t, "user", ask("/user", line).Body.String(), "ada")
}

func anyCase(t *testing.T, v Version) {
	app := v.site(t, new(chaintest.Store), Config{})
	line, _, _ := strings.Cut(get(t, app, "/login", nil).Header.Get("Set-Cookie"), ";")
	for _, name := range []string{"Cookie", "cookie", "COOKIE"} {
		for _, normalized := range []bool{true, false} {
			var ctx fasthttp.RequestCtx
			if !normalized {
				ctx.Request.Header.DisableNormalizing()
			}
			head := "GET /user HTTP/1.1\r\nHost: app.example\r\n" + name + ": " + line + "\r\n\r\n"
			if err := ctx.Request.Read(bufio.NewReader(strings.NewReader(head))); err != nil {
				t.Fatal(err)
			}
			app.Handler()(&ctx)
			chaintest.Want(t, name+": user", string(ctx.Response.Body()), "ada")
		}
	}
}
