package core_test

import (
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// R7: a cookie of CookieFor obeys the same rules as one of Options, and one that
// New would refuse fails the response.
func TestCookieFor(t *testing.T) {
	insecure := core.Cookie{Name: "id", InsecureCookie: true}
	behindProxy := func(r adapter.Request, c core.Cookie) core.Cookie {
		c.InsecureCookie = r.Header("X-Forwarded-Proto") != "https"
		return c
	}
	domain := func(r adapter.Request, c core.Cookie) core.Cookie { c.Domain = r.Host(); return c }
	for _, test := range []struct {
		name   string
		cookie core.Cookie
		f      func(adapter.Request, core.Cookie) core.Cookie
		proto  string
		host   string
		want   string // the attributes, or the error
	}{
		{"https at the proxy", insecure, behindProxy, "https", "", "id=…; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"http at the proxy", insecure, behindProxy, "http", "", "id=…; Path=/; HttpOnly; SameSite=Lax"},
		{"a domain", core.Cookie{Name: "__Secure-id"}, domain, "", "a.example",
			"__Secure-id=…; Path=/; Domain=a.example; HttpOnly; Secure; SameSite=Lax"},
		{"another domain", core.Cookie{Name: "__Secure-id"}, domain, "", "b.example",
			"__Secure-id=…; Path=/; Domain=b.example; HttpOnly; Secure; SameSite=Lax"},
		{"persistent", core.Cookie{}, func(_ adapter.Request, c core.Cookie) core.Cookie { c.Persistent = true; return c },
			"", "", "__Host-session=…; Path=/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax"},
		{"nothing changed", core.Cookie{}, func(_ adapter.Request, c core.Cookie) core.Cookie { return c },
			"", "", "__Host-session=…; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"another name", core.Cookie{}, func(_ adapter.Request, c core.Cookie) core.Cookie { c.Name = "x"; return c },
			"", "", `CookieFor: the names "x" and "" are not those of Options.Cookie, "__Host-session" and ""`},
		{"a second name", core.Cookie{}, func(_ adapter.Request, c core.Cookie) core.Cookie { c.MACName = "x"; return c },
			"", "", `CookieFor: the names "__Host-session" and "x" are not`},
		{"no cookie", core.Cookie{}, func(adapter.Request, core.Cookie) core.Cookie { return core.Cookie{} }, "", "",
			`CookieFor: the names "" and ""`},
		{"a prefix that forbids it", core.Cookie{}, domain, "", "a.example",
			`CookieFor: session: cookie "__Host-session": browsers reject __Host- with the domain "a.example"`},
		{"a prefix without Secure", core.Cookie{}, behindProxy, "http", "",
			`CookieFor: session: cookie "__Host-session": browsers reject this prefix without Secure`},
		{"a host with a port", core.Cookie{Name: "__Secure-id"}, domain, "", "a.example:8080",
			`CookieFor: session: cookie "__Secure-id" with path "/" and domain "a.example:8080"`},
	} {
		b := newBrowser(t, &core.Options{Cookie: test.cookie, CookieFor: test.f})
		r := &fake{host: test.host, header: func(name string) string {
			return map[string]string{"X-Forwarded-Proto": test.proto}[name]
		}}
		serve := func(do func(s *core.Session)) (string, error) {
			s := b.m.StartFor(t.Context(), r)
			do(s)
			h, err := b.commit(s)
			r.cookies = b.cookie
			b.m.Finish(s)
			return strings.Join(h.SetCookie, "\n"), err
		}
		if line, err := serve(func(s *core.Session) { s.User() }); line != "" || err != nil {
			t.Errorf("%s: a response without a cookie has %q, error %v", test.name, line, err)
		}
		line, err := serve(func(s *core.Session) { s.Login("ada") })
		if strings.Contains(test.want, "CookieFor") {
			if err == nil || !strings.Contains(err.Error(), test.want) || line != "" || core.HTTPStatus(err) != 500 {
				t.Errorf("%s: cookie %q, error %v; want %q", test.name, line, err, test.want)
			}
			continue
		}
		name, rest, _ := strings.Cut(line, "=")
		_, attributes, _ := strings.Cut(rest, "; ")
		if got := name + "=…; " + attributes; err != nil || got != test.want {
			t.Errorf("%s: error %v, cookie\n%s, want\n%s", test.name, err, got, test.want)
		}
		// The deleting cookie has the same attributes, or the browser keeps the other.
		line, err = serve(func(s *core.Session) { s.Logout() })
		domain, _, _ := strings.Cut(test.want, "; HttpOnly")
		_, domain, _ = strings.Cut(domain, "; Path=/")
		domain, _, _ = strings.Cut(domain, "; Max-Age")
		if err != nil || !strings.Contains(line, "=; Path=/"+domain+"; Max-Age=0") ||
			strings.Contains(line, "Secure") != strings.Contains(test.want, "Secure") {
			t.Errorf("%s: a logout sets %q, error %v", test.name, line, err)
		}
	}
}
