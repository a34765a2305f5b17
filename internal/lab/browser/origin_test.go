package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/nethttpsession"
)

// A trap is a page of somebody else with a form that is sent to the site.
func trap(t *testing.T, target string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><link rel="icon" href="data:,"><form method="post" action="%s">
<input type="hidden" name="name" value="eve"><input type="hidden" name="password" value="%s">
<button>Win a prize</button></form>`, target, site.Password)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// The examples speak plain HTTP, so their cookie is not the default. Chromium trusts localhost as it trusts TLS; Safari does
// not.
func TestTheDefaultCookieOnLocalhost(t *testing.T) {
	sessions, err := core.New(memstore.New(), []byte(strings.Repeat("secret", 6)), nil)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(nethttpsession.Middleware(sessions)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r) // a login by the icon's request would end the id that the page has
			return
		}
		session := nethttpsession.From(r)
		user := session.User()
		session.Login("ada")
		fmt.Fprintf(w, "Hello, %s!", user)
	})))
	t.Cleanup(server.Close)
	b := newTab(t, strings.Replace(server.URL, "127.0.0.1", "localhost", 1))
	b.expect("/favicon.ico")
	b.goTo("/")
	b.goTo("/")
	b.sees("Hello, ada!")
	cookies := b.cookies()
	if len(cookies) != 1 || cookies[0].Name != "__Host-session" || !cookies[0].Secure || !cookies[0].HTTPOnly || cookies[0].Path != "/" {
		t.Errorf("the browser stored %+v", cookies)
	}
}

// The form of another site comes without the cookie, and is refused by the session's middleware. A handler outside of it that
// redirects makes a navigation of it, and that has the cookie: docs/recipes/openid-connect.md.
func TestAFormOfAnotherSiteReachesTheSessionByARedirect(t *testing.T) {
	sessions, err := core.New(memstore.New(), []byte(strings.Repeat("secret", 6)), nil)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", func(_ http.ResponseWriter, r *http.Request) { nethttpsession.From(r).Login("ada") })
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Hello, %s!", nethttpsession.From(r).User())
	})
	outside := http.NewServeMux()
	outside.Handle("/", nethttpsession.Middleware(sessions)(mux))
	outside.HandleFunc("POST /callback", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/callback", http.StatusSeeOther)
	})
	outside.HandleFunc("POST /cookies", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%d cookies", len(r.Cookies()))
	})
	server := httptest.NewServer(outside)
	t.Cleanup(server.Close)

	b := newTab(t, strings.Replace(server.URL, "127.0.0.1", "localhost", 1))
	b.expect("/favicon.ico")
	b.expect("issue: CookieIssue") // of the cookie that SameSite keeps back
	b.goTo("/login")
	for _, step := range []struct {
		path   string
		status int64
		text   string
	}{{"/cookies", 200, "0 cookies"}, {"/inside", 403, "cross-origin"}, {"/callback", 200, "Hello, ada!"}} {
		b.load(200, chromedp.Navigate(strings.Replace(trap(t, b.base+step.path), "127.0.0.1", "other.test", 1)))
		b.pressFor(step.status, "Win a prize")
		b.sees(step.text)
	}
}
