package adaptertest

import (
	"net/http"
	"strings"

	"github.com/ringsession/ringsession/core"
)

// R46
var originScenarios = []scenario{
	{"other origins", "an unsafe request of another origin is refused before the handler, and no other", otherOrigins},
	{"trusted origins", "origins that the options name may send what they like; all may, if the options say so", trustedOrigins},
	{"other origins, answered", "programs get 403 and the JSON body, people the application's page", otherOriginsAnswered},
}

// unsafe are a login by POST and by DELETE.
func unsafe() []Route {
	login := change(func(s *core.Session, _ Exchange) { s.Login("eve") })
	return []Route{
		{Method: http.MethodPost, Path: "/in", Handle: login},
		{Method: http.MethodDelete, Path: "/in", Handle: login},
	}
}

func otherOrigins(s *stage) {
	p := s.start(setup{routes: unsafe()})
	b := p.browser()
	b.get("/login?user=ada")
	s.store.take()
	for _, row := range []struct {
		name, method, path string
		header             []string
		status             int
	}{
		{"another site", "POST", "/in", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"another site's DELETE", "DELETE", "/in", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a neighbour", "POST", "/in", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"an old browser elsewhere", "POST", "/in", []string{"Origin", "http://evil.example"}, 403},
		{"an old browser on another port", "POST", "/in", []string{"Origin", origin + ":8443"}, 403},
		{"a sandboxed frame", "POST", "/in", []string{"Origin", "null"}, 403},
		{"another site, from the login page's guard", "POST", guardedPath, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"another site's link", "GET", "/user", []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://evil.example"}, 200},
		{"the site itself", "POST", "/user", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"an old browser on the site itself", "POST", "/user", []string{"Origin", origin}, 200},
		{"a program", "POST", "/user", []string{"Accept", "*/*"}, 200},
	} {
		r := b.ask(b.request(s.ctx, row.method, row.path, "a=b", row.header...))
		want(s, row.name+": status", r.status, row.status)
		if row.status == http.StatusForbidden {
			want(s, row.name+": cookie", r.cookies(), "")
			want(s, row.name+": calls", s.store.take(), "")
		}
		s.store.take()
	}
	want(s, "user", b.get("/user").body, "ada")
	want(s, "events refused", s.record.count(core.EventRefused), 7)
}

func trustedOrigins(s *stage) {
	const friend = "https://friend.example"
	trusting := s.start(setup{routes: unsafe(), options: core.Options{TrustedOrigins: []string{friend}}}).browser()
	open := s.start(setup{routes: unsafe(), options: core.Options{InsecureCrossOrigin: true}}).browser()
	for _, row := range []struct {
		name   string
		b      *browser
		origin string
		status int
	}{
		{"the friend", trusting, friend, 200},
		{"the friend without TLS", trusting, "http://friend.example", 403},
		{"somebody else", trusting, "https://evil.example", 403},
		{"switched off", open, "https://evil.example", 200},
	} {
		r := row.b.ask(row.b.request(s.ctx, http.MethodPost, "/in", "", "Sec-Fetch-Site", "cross-site", "Origin", row.origin))
		want(s, row.name, r.status, row.status)
	}
}

func otherOriginsAnswered(s *stage) {
	b := s.start(setup{
		routes:    unsafe(),
		errorPage: func(status int) string { return "sorry: " + http.StatusText(status) },
	}).browser()
	r := b.ask(b.request(s.ctx, http.MethodPost, "/in", "", "Sec-Fetch-Site", "cross-site", "Accept", "*/*"))
	isJSON(s, "program", r, http.StatusForbidden)
	r = b.ask(b.request(s.ctx, http.MethodPost, "/in", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"))
	want(s, "people: status", r.status, http.StatusForbidden)
	want(s, "people: the application's page", strings.TrimSpace(r.body), "sorry: Forbidden")
}
