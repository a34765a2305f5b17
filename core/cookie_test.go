package core_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
)

// R7, R8, R9, R12: the line to the byte, with the token replaced, and the line that takes the cookie away again.
func TestSetCookieLines(t *testing.T) {
	for _, test := range []struct {
		name        string
		cookie      core.Cookie
		set, expire string
	}{
		{
			"default", core.Cookie{},
			"__Host-session=TOKEN; Path=/; HttpOnly; Secure; SameSite=Lax",
			"__Host-session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
		}, {
			"two cookies", core.Cookie{Name: "session_id", MACName: "verification"},
			"session_id=ID; Path=/; HttpOnly; Secure; SameSite=Lax\n" +
				"verification=MAC; Path=/; HttpOnly; Secure; SameSite=Lax",
			"session_id=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax\n" +
				"verification=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
		}, {
			"without TLS", core.Cookie{InsecureCookie: true},
			"session=TOKEN; Path=/; HttpOnly; SameSite=Lax",
			"session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax",
		}, {
			"of a domain, strict, for one path, persistent",
			core.Cookie{Domain: ".example.com", Path: "/app", SameSite: http.SameSiteStrictMode, Persistent: true},
			"__Secure-session=TOKEN; Path=/app; Domain=example.com; Max-Age=1800; HttpOnly; Secure; SameSite=Strict",
			"__Secure-session=; Path=/app; Domain=example.com; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict",
		}, {
			"of an embedded page", core.Cookie{SameSite: http.SameSiteNoneMode, Partitioned: true},
			"__Host-session=TOKEN; Path=/; HttpOnly; Secure; SameSite=None; Partitioned",
			"__Host-session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=None; Partitioned",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBrowser(t, &core.Options{Cookie: test.cookie, AbsoluteTimeout: 2 * time.Hour})
			h := b.request(func(s *core.Session) { s.Set("k", "user data") })
			lines := strings.Join(h.SetCookie, "\n")
			var pairs []string
			for _, line := range h.SetCookie {
				pair, _, _ := strings.Cut(line, ";")
				pairs = append(pairs, pair)
				if _, err := http.ParseSetCookie(line); err != nil {
					t.Errorf("net/http cannot read %q: %v", line, err)
				}
			}
			b.cookie = []string{strings.Join(pairs, "; ")}
			s := b.start()
			id := s.CurrentID()
			mac := b.m.Sign(id)
			for _, r := range []struct{ value, name string }{{id + "." + mac, "TOKEN"}, {id, "ID"}, {mac, "MAC"}} {
				lines = strings.ReplaceAll(lines, r.value, r.name)
			}
			if lines != test.set {
				t.Errorf("sets\n%s\nwant\n%s", lines, test.set)
			}
			s.Destroy()
			h, err := b.commit(s)
			if got := strings.Join(h.SetCookie, "\n"); got != test.expire || err != nil {
				t.Errorf("takes away with\n%s (error %v)\nwant\n%s", got, err, test.expire)
			}
		})
	}
}

// R7, R10: what a browser would reject in silence is an error that names the value.
func TestCookiesThatBrowsersRejectFailAtConstruction(t *testing.T) {
	for _, test := range []struct {
		cookie core.Cookie
		want   string
	}{
		{core.Cookie{Name: "__Host-s", Domain: "example.com"}, `"__Host-s": browsers reject __Host- with the domain "example.com"`},
		{core.Cookie{Name: "__Host-s", Path: "/app"}, `"__Host-s": browsers reject __Host- with the path "/app"`},
		{core.Cookie{Name: "__HOST-s", InsecureCookie: true}, `"__HOST-s": browsers reject this prefix without Secure`},
		{core.Cookie{Name: "__Secure-s", InsecureCookie: true}, `"__Secure-s": browsers reject this prefix without Secure`},
		{core.Cookie{Name: "__Http-s", InsecureCookie: true}, `"__Http-s": browsers reject this prefix without Secure`},
		{core.Cookie{SameSite: http.SameSiteNoneMode, InsecureCookie: true}, `"session": browsers reject SameSite=None without Secure`},
		{core.Cookie{Partitioned: true, InsecureCookie: true}, `"session": browsers reject Partitioned without Secure`},
		{core.Cookie{SameSite: 17}, "unknown SameSite mode 17"},
		{core.Cookie{Name: "a b"}, `"a b"`},
		{core.Cookie{Name: "a=b"}, `"a=b"`},
		{core.Cookie{Name: "s", MACName: "s"}, `both cookies have the name "s"`},
		{core.Cookie{Name: "s", MACName: "a;b"}, `"a;b"`},
		{core.Cookie{Name: "s", MACName: "__Host-m", Path: "/x"}, `"__Host-m"`},
		{core.Cookie{Path: "app"}, `the path "app" does not begin with /`},
		{core.Cookie{Path: "/a;b"}, `"/a;b"`},
		{core.Cookie{Domain: "exa mple.com"}, `"exa mple.com"`},
		{core.Cookie{Name: strings.Repeat("n", 4009)}, "name and value have 4097 bytes, more than 4096"},
	} {
		_, err := core.New(memstore.New(), secret, &core.Options{Cookie: test.cookie})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("New with %+v: error %v, want %s", test.cookie, err, test.want)
		}
	}
	if _, err := core.New(memstore.New(), secret, &core.Options{Cookie: core.Cookie{Name: strings.Repeat("n", 4008)}}); err != nil {
		t.Errorf("New with 4,096 bytes of name and value: %v", err)
	}
}
