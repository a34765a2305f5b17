package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

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
