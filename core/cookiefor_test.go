package core_test

import (
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// R7: a cookie of CookieFor obeys the same rules as one of Options, and one that
// New would refuse fails the response. The attributes of the others are a scenario.
func TestCookieFor(t *testing.T) {
	for _, test := range []struct {
		name   string // in Options
		change func(c *core.Cookie)
		want   string
	}{
		{"", func(c *core.Cookie) { c.Name = "x" },
			`the names "x" and "" are not those of Options.Cookie, "__Host-session" and ""`},
		{"", func(c *core.Cookie) { c.MACName = "x" }, `the names "__Host-session" and "x" are not`},
		{"", func(c *core.Cookie) { *c = core.Cookie{} }, `the names "" and ""`},
		{"", func(c *core.Cookie) { c.Domain = "a.example" },
			`session: cookie "__Host-session": browsers reject __Host- with the domain "a.example"`},
		{"", func(c *core.Cookie) { c.InsecureCookie = true },
			`session: cookie "__Host-session": browsers reject this prefix without Secure`},
		{"__Secure-id", func(c *core.Cookie) { c.Domain = "a.example:8080" },
			`session: cookie "__Secure-id" with path "/" and domain "a.example:8080"`},
	} {
		forRequest := func(_ adapter.Request, c core.Cookie) core.Cookie { test.change(&c); return c }
		b := newBrowser(t, &core.Options{Cookie: core.Cookie{Name: test.name}, CookieFor: forRequest})
		if h := b.request(func(s *core.Session) { s.User() }); len(h.SetCookie) > 0 {
			t.Errorf("%s: a response without a cookie has %q", test.want, h.SetCookie)
		}
		s := b.start()
		s.Login("ada")
		h, err := b.commit(s)
		if err == nil || !strings.Contains(err.Error(), "CookieFor: "+test.want) ||
			len(h.SetCookie) > 0 || core.HTTPStatus(err) != 500 {
			t.Errorf("cookie %q, error %v; want %q", h.SetCookie, err, test.want)
		}
	}
}
