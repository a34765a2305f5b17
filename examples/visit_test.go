package examples_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/examples/site"
)

func TestAVisit(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			base := serve(t, p, site.Config{})
			for _, tt := range []struct {
				sentence string
				visit    func(t *testing.T, p program, base string)
			}{
				{"counts, and ends with the logout", countAndLeave},
				{"is told in JSON", askInJSON},
				{"outlasts the browser, if the visitor wants", beRemembered},
				{"keeps a note, over a renewal", keepANote},
				{"greets by the name, escaped", greetScript},
			} {
				t.Run(tt.sentence, func(t *testing.T) { tt.visit(t, p, base) })
			}
		})
	}
}

func countAndLeave(t *testing.T, _ program, base string) {
	v := newVisitor(t)
	v.signIn(base, "ada")
	held := v.client.Jar
	for n := 1; n <= 6; n++ {
		if a := v.home(base); !strings.Contains(a.body, fmt.Sprintf("<dd>%d</dd>", n)) {
			t.Fatalf("visit %d is not counted:\n%s", n, a.body)
		}
	}
	token := held.Cookies(v.get(base + "/login").Request.URL)
	a := v.ask(http.MethodPost, base+"/logout", nil)
	v.want(a, http.StatusSeeOther)
	if left := held.Cookies(a.Request.URL); len(left) != 0 {
		t.Errorf("after the logout the browser keeps %v", left)
	}
	// Somebody kept the cookie.
	held.SetCookies(a.Request.URL, token)
	for range frameworks {
		v.want(v.get(base+"/whoami"), http.StatusUnauthorized)
		v.want(v.get(base+"/"), http.StatusSeeOther)
	}
}

func askInJSON(t *testing.T, p program, base string) {
	v := newVisitor(t)
	v.signIn(base, "ada")
	v.home(base)
	v.home(base)
	name := p.name
	if p.name == demo.name {
		name = "(net/http|Gin|Echo|Fiber)"
	}
	want := regexp.MustCompile(`^\{"user":"ada","visits":2,"framework":"` + name + `","shard":"[abc]",` +
		`"logged_in":"` + moment + `","deadline":"` + moment + `","level":1\}\n?$`)
	for range frameworks {
		a := v.get(base + "/whoami")
		v.want(a, http.StatusOK)
		if !want.MatchString(a.body) {
			t.Errorf("got %s, want %v", a.body, want)
		}
		if got, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";"); got != "application/json" {
			t.Errorf("got content type %q", got)
		}
	}
}

// moment is a time as RFC 3339 writes it.
const moment = `20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`

// R43: the cookie of a remembered login ends with its session, another one with the browser.
func beRemembered(t *testing.T, _ program, base string) {
	for box, want := range map[string]struct {
		maxAge int
		life   time.Duration
	}{"on": {14 * 24 * 3600, 30 * 24 * time.Hour}, "": {0, site.AbsoluteTimeout}} {
		v := newVisitor(t)
		form := credentials("ada", site.Password, "")
		form.Set("remember", box)
		a := v.ask(http.MethodPost, base+"/login", form)
		if len(a.Cookies()) != 1 || (a.Cookies()[0].MaxAge != want.maxAge) {
			t.Errorf("remember=%s: got %v, want one cookie with the Max-Age %d", box, a.Cookies(), want.maxAge)
		}
		if w := v.whoami(base); w.Deadline.Sub(w.LoggedIn) != want.life {
			t.Errorf("remember=%s: the login of %v ends at %v, want after %v", box, w.LoggedIn, w.Deadline, want.life)
		}
	}
}

func keepANote(t *testing.T, _ program, base string) {
	v := newVisitor(t)
	v.signIn(base, "ada")
	first := v.token(base)
	v.want(v.ask(http.MethodPost, base+"/note", url.Values{"note": {strings.Repeat("ä", site.MaxNote+1)}}), http.StatusSeeOther)
	if !strings.Contains(v.home(base).body, " kept the note.") || strings.Contains(v.home(base).body, " kept the note.") {
		t.Error("the news of the note is to be told once")
	}
	if now := v.token(base); now != first {
		t.Error("a note changed the cookie")
	}
	v.want(v.ask(http.MethodPost, base+"/renew", nil), http.StatusSeeOther)
	if now := v.token(base); now == first {
		t.Error("a renewal left the cookie as it was")
	}
	if body := v.home(base).body; !strings.Contains(body, `"`+strings.Repeat("ä", site.MaxNote)+`"`) {
		t.Errorf("the renewed session lacks the note, or has more of it than fits:\n%s", body)
	}
	v.want(v.ask(http.MethodPost, base+"/note", url.Values{"note": {""}}), http.StatusSeeOther)
	if body := v.home(base).body; strings.Contains(body, "äää") {
		t.Errorf("the removed note is there:\n%s", body)
	}
}

func greetScript(t *testing.T, _ program, base string) {
	v := newVisitor(t)
	v.signIn(base, "<script>alert(1)</script>")
	a := v.home(base)
	if !strings.Contains(a.body, "Hello, &lt;script&gt;alert(1)&lt;/script&gt;!") || strings.Contains(a.body, "<script>") {
		t.Errorf("the name is not escaped:\n%s", a.body)
	}
	if w := v.whoami(base); w.User != "<script>alert(1)</script>" {
		t.Errorf("got user %q", w.User)
	}
}
