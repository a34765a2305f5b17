package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/ringsession/ringsession/examples/site"
)

func cookieAttributes(t *testing.T, b *tab, _ *site.Site) {
	b.signIn("ada")
	cookies := b.cookies()
	if len(cookies) != 1 {
		t.Fatalf("the browser has %d cookies, want 1", len(cookies))
	}
	got := *cookies[0]
	if strings.Contains(got.Value, "ada") {
		t.Errorf("the cookie has user data: %s", got.Value)
	}
	want := network.Cookie{Name: "session", Domain: "127.0.0.1", Path: "/", HTTPOnly: true, Session: true, SameSite: network.CookieSameSiteLax}
	got = network.Cookie{Name: got.Name, Domain: got.Domain, Path: got.Path, HTTPOnly: got.HTTPOnly, Session: got.Session, SameSite: got.SameSite, Secure: got.Secure}
	if got != want {
		t.Errorf("the browser stored\n%+v, want\n%+v", got, want)
	}
	b.expect("PerformanceIssue") // it is slow to look at document.cookie
	if seen := value[string](b, "document.cookie"); seen != "" {
		t.Errorf("scripts see %q", seen)
	}
}

func expiry(_ *testing.T, b *tab, s *site.Site) {
	b.signIn("ada")
	s.Embedded.FastForward(site.IdleTimeout / 2)
	b.load(200, chromedp.Reload())
	b.sees("Hello, ada!")
	s.Embedded.FastForward(site.IdleTimeout / 2)
	b.load(200, chromedp.Reload())
	b.sees("Hello, ada!")
	s.Embedded.FastForward(site.IdleTimeout)
	b.load(200, chromedp.Reload())
	b.wantPath("/login")
	b.signIn("ada")
	b.wantVisits("1")
}

func tampered(_ *testing.T, b *tab, _ *site.Site) {
	b.signIn("ada")
	good := b.cookies()[0].Value
	last := good[len(good)-2]
	bad := good[:len(good)-2] + string(rune(last^1)) + good[len(good)-1:]
	for _, value := range []string{bad, "x", good + "A"} {
		b.setCookie(value)
		b.goTo("/")
		b.wantPath("/login")
	}
	b.setCookie(good)
	b.goTo("/")
	b.sees("Hello, ada!")
	b.setCookie(bad)
	b.signIn("bob")
}

func (b *tab) setCookie(value string) {
	b.t.Helper()
	call(b, network.SetCookie, network.SetCookieParams{
		Name: "session", Value: value, URL: b.base, HTTPOnly: new(true), SameSite: network.CookieSameSiteLax,
	})
}
