package core_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/ringsession/ringsession/core"
)

// R29: three answers. A store error is never "anonymous".
func TestGuard(t *testing.T) {
	browser := map[string]string{"Accept": "text/html,application/xhtml+xml,application/json;q=0.5"}
	program := map[string]string{"Accept": "application/json"}
	login := core.Guard{LoginURL: "/login"}
	for _, test := range []struct {
		name     string
		guard    core.Guard
		user     string
		down     bool
		method   string
		target   string
		header   map[string]string
		status   int // 0: let through
		location string
	}{
		{"a login", login, "ada", false, "GET", "/a", browser, 0, ""},
		{"a login, zero guard", core.Guard{}, "ada", false, "GET", "/a", program, 0, ""},
		{"a browser", login, "", false, "GET", "/a?b=c&d=é", browser, 303, "/login?next=%2Fa%3Fb%3Dc%26d%3D%C3%A9"},
		{"a browser's HEAD", login, "", false, "HEAD", "/a", browser, 303, "/login?next=%2Fa"},
		{"a browser's POST", login, "", false, "POST", "/a", browser, 303, "/login"},
		{"no Accept at all", login, "", false, "GET", "/", nil, 303, "/login?next=%2F"},
		{"curl", login, "", false, "GET", "/", map[string]string{"Accept": "*/*"}, 303, "/login?next=%2F"},
		{"a login page with a query", core.Guard{LoginURL: "/in?lang=de"}, "", false, "GET", "/a", browser, 303, "/in?lang=de&next=%2Fa"},
		{"a target in absolute form", login, "", false, "GET", "http://evil.example/a", browser, 303, "/login"},
		{"a target with two slashes", login, "", false, "GET", "//evil.example/a", browser, 303, "/login"},
		{"a program", login, "", false, "GET", "/a", program, 401, ""},
		{"a program that takes problem+json", login, "", false, "GET", "/a", map[string]string{"Accept": "application/problem+JSON"}, 401, ""},
		{"an XMLHttpRequest", login, "", false, "GET", "/a", map[string]string{"X-Requested-With": "XMLHttpRequest"}, 401, ""},
		{"a browser, zero guard", core.Guard{}, "", false, "GET", "/a", browser, 401, ""},
		{"a login, store down", login, "ada", true, "GET", "/a", browser, 503, ""},
		{"no login, store down", login, "", true, "GET", "/a", program, 503, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBrowser(t, nil)
			b.request(func(s *core.Session) {
				s.Set("k", 1)
				if test.user != "" {
					s.Login(test.user)
				}
			})
			if test.down {
				b.store.failOn["load"] = errDown
			}
			refusal := test.guard.Check(b.start(), core.GuardedRequest{
				Method: test.method, Target: test.target, Header: func(name string) string { return test.header[name] },
			})
			if refusal == nil {
				refusal = &core.Refusal{}
			}
			if refusal.Status != test.status || refusal.Location != test.location || errors.Is(refusal, errDown) != test.down {
				t.Errorf("answer %d %q (%v), want %d %q", refusal.Status, refusal.Location, refusal.Err, test.status, test.location)
			}
		})
	}
}

func TestGuardOfAVisitorWithoutACookieAsksNoStore(t *testing.T) {
	b := newBrowser(t, nil)
	refusal := core.Guard{}.Check(b.start(), core.GuardedRequest{Header: http.Header{}.Get})
	if refusal == nil || refusal.Status != 401 || b.store.took() != "" {
		t.Errorf("answer %v, calls %q; want 401 and none", refusal, b.store.took())
	}
}
