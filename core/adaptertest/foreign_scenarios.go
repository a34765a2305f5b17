package adaptertest

import (
	"context"
	"net/http"
	"strings"

	"github.com/ringsession/ringsession/core"
)

// H32: code that is not ours, between our middleware and the handler.
var foreignScenarios = []scenario{
	{"net/http inside", "a middleware of net/http inside ours costs no cookie, and hides no failure", inside},
	{"headers after a failure", "what a handler sets after its answer failed does not reach the client", headersAfterFailure},
	{"a hook that panics", "a hook that panics while the session is saved costs the answer: there is no 200 without its cookie", panickingHook},
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

func headersAfterFailure(s *stage) {
	p := s.start(setup{routes: []Route{get("/late", func(x Exchange) error {
		x.Session().Login("ada")
		err := x.Text(http.StatusOK, "ok")
		x.SetHeader("Cache-Control", "public, max-age=3600")
		x.SetHeader("Location", "/elsewhere")
		x.AddHeader("Set-Cookie", handlersCookie+"late")
		return err
	})}})
	s.store.fail(errOutage, "create")
	for _, accept := range []string{"text/html", "*/*"} {
		r := p.browser().get("/late", "Accept", accept)
		want(s, accept+": status", r.status, http.StatusServiceUnavailable)
		want(s, accept+": Cache-Control", r.header.Get("Cache-Control"), "no-store")
		want(s, accept+": location", r.header.Get("Location"), "")
		want(s, accept+": cookie", r.cookies(), "")
	}
}

// panickingHook has the panic caught outside of the adapter's middleware, and
// inside by one that says nothing.
func panickingHook(s *stage) {
	hook := func(_ context.Context, e core.Event) {
		if e.User == "eve" {
			panic("as the scenario wants it")
		}
	}
	silent := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() { _ = recover() }()
			next.ServeHTTP(w, r)
		})
	}
	for name, inside := range map[string]func(http.Handler) http.Handler{"outside": nil, "inside": silent} {
		p := s.start(setup{options: core.Options{OnEvent: hook}, inside: inside})
		for _, accept := range []string{"text/html", "*/*"} {
			r := p.browser().get("/login?user=eve", "Accept", accept)
			want(s, name+" "+accept+": status", r.status, http.StatusInternalServerError)
			want(s, name+" "+accept+": cookie", r.cookies(), "")
			want(s, name+" "+accept+": body is the handler's", r.body == "ok", false)
		}
		b := p.browser()
		want(s, name+": another's cookie", masked(b.get("/login?user=ada").cookies()), forms[0].set)
	}
}

// forwarding is a route that logs ada in and lets another answer, which may
// write nothing.
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
