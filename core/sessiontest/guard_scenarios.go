package sessiontest

import (
	"net/http"
	"net/url"

	"github.com/ringsession/ringsession/core"
)

// R29, R30. That no guarded handler ran in vain is checked after every scenario.
var guardScenarios = []scenario{
	{"guard lets in", "a guard lets requests with a login through", guardLetsIn},
	{"guard sends to the login", "a guard sends browsers to the login page with 303 and the path they asked for", guardRedirects},
	{"guard and JSON", "a guard answers programs with 401, and with no redirect", guardJSON},
	{"guard and POST", "a guard sends a POST to the login page without a path to come back to", guardPOST},
	{"guard without a page", "a guard without a login page answers everybody with 401", guardBare},
	{"guard without a store", "a guard answers 503 when the store is down, to everybody with a good cookie", guardOutage},
	{"guard and anonymous data", "a session without a login is no login", guardAnonymous},
	{"guard after logout", "a guard refuses at once after a logout", guardAfterLogout},
}

func guardLetsIn(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	for _, path := range []string{guardedPath, guardedPath + "/bare"} {
		r := b.get(path)
		want(s, path+": status", r.status, http.StatusOK)
		want(s, path+": body", r.body, "hello ada")
	}
	r := b.ask(b.request(s.ctx, http.MethodPost, guardedPath, "a=b"))
	want(s, "POST: status", r.status, http.StatusOK)
}

func guardRedirects(s *stage) {
	b := s.start(setup{}).browser()
	const asked = guardedPath + "?tab=2&q=a+b%26c"
	r := b.get(asked, "Accept", "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8")
	want(s, "status", r.status, http.StatusSeeOther)
	want(s, "location", r.header.Get("Location"), "/login?next="+url.QueryEscape(asked))
	want(s, "Vary", r.header.Get("Vary"), "Cookie")
	want(s, "cookie", r.cookies(), "")
	to, _ := url.Parse(r.header.Get("Location"))
	want(s, "the path that NextPath gives back", core.NextPath(to.Query().Get("next"), "/"), asked)
}

func guardJSON(s *stage) {
	b := s.start(setup{}).browser()
	for _, header := range [][2]string{
		{"Accept", "application/json"},
		{"Accept", "application/problem+json, */*"},
		{"X-Requested-With", "XMLHttpRequest"},
	} {
		r := b.get(guardedPath, header[:]...)
		want(s, header[1]+": status", r.status, http.StatusUnauthorized)
		want(s, header[1]+": location", r.header.Get("Location"), "")
	}
}

func guardPOST(s *stage) {
	b := s.start(setup{}).browser()
	r := b.ask(b.request(s.ctx, http.MethodPost, guardedPath, "a=b"))
	want(s, "status", r.status, http.StatusSeeOther)
	want(s, "location", r.header.Get("Location"), "/login")
}

func guardBare(s *stage) {
	b := s.start(setup{}).browser()
	for _, accept := range []string{"text/html", "application/json", "*/*"} {
		r := b.get(guardedPath+"/bare", "Accept", accept)
		want(s, accept+": status", r.status, http.StatusUnauthorized)
		want(s, accept+": location", r.header.Get("Location"), "")
	}
}

func guardOutage(s *stage) {
	p := s.start(setup{})
	b := p.browser()
	b.get("/login?user=ada")
	s.store.fail(errOutage, "load")
	for _, path := range []string{guardedPath, guardedPath + "/bare"} {
		for _, accept := range []string{"text/html", "application/json"} {
			r := b.get(path, "Accept", accept)
			want(s, path+" "+accept+": status", r.status, http.StatusServiceUnavailable)
			want(s, path+" "+accept+": location", r.header.Get("Location"), "")
			want(s, path+" "+accept+": cookie", r.cookies(), "")
		}
	}
	want(s, "a stranger", p.browser().get(guardedPath).status, http.StatusSeeOther)
	s.store.heal()
	want(s, "when the store is back", b.get(guardedPath).status, http.StatusOK)
}

func guardAnonymous(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/set?key=user&value=ada")
	b.get("/set?key=login&value=ada")
	want(s, "status", b.get(guardedPath).status, http.StatusSeeOther)
}

func guardAfterLogout(s *stage) {
	p := s.start(setup{})
	b := p.browser()
	b.get("/login?user=ada")
	kept := b.line()
	b.get("/logout")
	want(s, "the browser", b.get(guardedPath).status, http.StatusSeeOther)
	want(s, "who kept the cookie", p.bearing(kept).get(guardedPath).status, http.StatusSeeOther)
}
