package main

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core/sessiontest"
	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
	"github.com/ringsession/ringsession/internal/redistest"
)

// tokenOf returns the token in the form of the visitor's page.
func tokenOf(t *testing.T, v *recipetest.Visitor) string {
	t.Helper()
	found := regexp.MustCompile(`name="csrf" value="([A-Z2-7]{26})"`).FindStringSubmatch(v.Get("/settings").Body)
	if found == nil {
		t.Fatal("the page has no token")
	}
	return found[1]
}

func TestAFormNeedsTheTokenOfItsSession(t *testing.T) {
	v := recipetest.New(t, newApp(sessiontest.New(t, nil)))
	eve := v.Other()
	token, hers := tokenOf(t, v), tokenOf(t, eve)
	if token != tokenOf(t, v) || token == hers {
		t.Errorf("tokens %s, %s of two sessions; a page keeps its token", token, hers)
	}

	const refused = "403 Please reload the page and try again."
	v.Want("no token", v.Post("/settings", "email=eve"), refused)
	v.Want("an empty token", v.Post("/settings", "email=eve&csrf="), refused)
	v.Want("the token of another session", v.Post("/settings", "email=eve&csrf="+hers), refused)
	v.Want("a visitor without a session", v.Other().Post("/settings", "email=eve&csrf="), refused)
	v.Want("in the address", v.Post("/settings?csrf="+token, "email=eve"), refused)
	v.Want("the form", v.Post("/settings", "email=ada&csrf="+token), "303 to /settings")
	v.Want("a script", v.Post("/settings", "email=ada%40b", "X-CSRF-Token", token), "303 to /settings")
	if page := v.Get("/settings").Body; !strings.Contains(page, `value="ada@b"`) {
		t.Errorf("the page is %s", page)
	}

	form := url.Values{"csrf": {token}}.Encode()
	v.Want("the login", v.Post("/login", form), "303 to /settings")
	v.Want("the token from before the login", v.Post("/settings", form), refused)
	v.Want("the new one", v.Post("/settings", "csrf="+tokenOf(t, v)), "303 to /settings")
}

// What the library refuses by itself, also with the right token.
func TestOtherOriginsAreRefusedWithoutAToken(t *testing.T) {
	v := recipetest.New(t, newApp(sessiontest.New(t, nil)))
	form := "email=eve&csrf=" + tokenOf(t, v)
	for name, headers := range map[string][]string{
		"another site":                    {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		"a subdomain":                     {"Sec-Fetch-Site", "same-site", "Origin", "https://blog.example"},
		"a browser without Sec-Fetch":     {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		"a sandboxed page of an old time": {"Sec-Fetch-Site", "", "Origin", "null"},
	} {
		if got := v.Post("/settings", form, headers...); got.Status != 403 || !strings.Contains(got.Body, "cross-origin") {
			t.Errorf("%s: %s", name, got)
		}
	}
	v.Want("this origin", v.Post("/settings", form), "303 to /settings")
	v.Want("this origin, an old browser", v.Post("/settings", form, "Sec-Fetch-Site", ""), "303 to /settings")
	v.Want("no browser", v.Post("/settings", form, "Sec-Fetch-Site", "", "Origin", ""), "303 to /settings")
}

func TestMainServesTheApp(t *testing.T) {
	v := recipetest.Run(t, main, "REDIS_URL", redistest.Start(t).URL())
	tokenOf(t, v)
}
