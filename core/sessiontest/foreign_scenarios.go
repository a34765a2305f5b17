package sessiontest

import (
	"net/http"
	"strings"

	"github.com/ringsession/ringsession/core"
)

// H32: code that is not ours, between our middleware and the handler.
var foreignScenarios = []scenario{
	{"net/http inside", "a middleware of net/http inside ours costs no cookie, and hides no failure", inside},
	{"forwarded", "the answer of a route that a handler forwards to has the cookie for what both did", forwarded},
	{"forwarded, no save", "the answer of a route that a handler forwards to is a 503 if the change cannot be saved", forwardedFailure},
}

func inside(s *stage) {
	b := s.start(setup{inside: http.NewCrossOriginProtection().Handler}).browser()
	want(s, "login: cookie", masked(b.get("/login?user=ada").cookies()), forms[0].set)
	want(s, "user", b.get("/user").body, "ada")
	s.store.fail(errOutage, "create", "save", "renew", "destroy")
	stranger := b.bearing()
	for _, accept := range []string{"text/html", "*/*"} {
		for _, row := range []struct {
			b    *browser
			path string
		}{{stranger, "/login?user=eve"}, {b, "/login?user=eve"}, {b, "/visit"}, {b, "/logout"}} {
			r := row.b.get(row.path, "Accept", accept)
			want(s, row.path+" "+accept+": status", r.status, http.StatusServiceUnavailable)
			want(s, row.path+" "+accept+": cookie", r.cookies(), "")
			want(s, row.path+" "+accept+": body is the handler's", strings.Contains(r.body, "ok"), false)
		}
	}
	s.store.heal()
	want(s, "user, for nothing happened", b.get("/user").body, "ada")
	want(s, "logout", b.get("/logout").cookies(), forms[0].deleted)
}

// forwarding is a route that logs ada in and lets another answer, which may write nothing.
func forwarding() []Route {
	return []Route{get("/forward", func(x Exchange) error {
		x.Session().Login("ada")
		return x.Forward(x.Query("to"))
	})}
}

func forwarded(s *stage) {
	p := s.start(setup{routes: forwarding()})
	for _, row := range []struct{ to, body string }{
		{"/user", "ada"}, {"/visit", "1"}, {"/alone", "alone"}, {"/empty", ""},
	} {
		b := p.browser()
		r := b.get("/forward?to=" + row.to)
		want(s, row.to+": status", r.status, http.StatusOK)
		want(s, row.to+": body", r.body, row.body)
		want(s, row.to+": cookie", masked(r.cookies()), forms[0].set)
		want(s, row.to+": user", b.get("/user").body, "ada")
	}
	want(s, "events lost", s.record.count(core.EventLost), 0)
}

func forwardedFailure(s *stage) {
	p := s.start(setup{routes: forwarding()})
	s.store.fail(errOutage, "create")
	for _, to := range []string{"/user", "/visit", "/alone", "/empty"} {
		for _, accept := range []string{"text/html", "*/*"} {
			r := p.browser().get("/forward?to="+to, "Accept", accept)
			want(s, to+" "+accept+": status", r.status, http.StatusServiceUnavailable)
			want(s, to+" "+accept+": cookie", r.cookies(), "")
			if accept == "*/*" {
				isJSON(s, to, r, http.StatusServiceUnavailable)
			}
		}
	}
}
