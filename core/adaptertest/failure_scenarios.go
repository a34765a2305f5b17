package adaptertest

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
)

var failureScenarios = []scenario{
	{"no read", "a session that cannot be read is a 503; the cookie stays, and so does the login", noRead}, // R29
	{"no save", "a change that cannot be saved is a 503 without a cookie", noSave},
	{"no create", "a new session that cannot be stored is a 503 without a cookie", noCreate},
	{"no renew", "a login that cannot be stored is a 503, and the visitor stays who he was", noRenew}, // R23, R30
	{"no logout", "a logout that cannot reach the store is a 503 and keeps the cookie", noLogout},     // R25
	{"no refresh", "a refresh that fails does not fail the request", noRefresh},
	{"a login saved, then no save", "a login that Save stored stays one, though the response is a 503", savedThenFailed},
	{"headers of a failure", "a failed save drops the handler's headers and body and keeps those of outer middleware", failureHeaders},
	{"a call that hangs", "a call that hangs is repeated in time, and nobody notices", hangOnce}, // H30
	{"one lost reply", "a call whose reply is lost is repeated, and nobody notices", lostOnce},   // H19, H30
	{"corrupt record", "a corrupt record makes an anonymous visitor, who can start anew", corrupt},
	{"own answer to a failure", "a handler that calls Save learns of the failure", ownAnswer},
	{"error page", "the application's error page answers failures of the session", errorPage},
}

func noRead(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	s.store.fail(errOutage, "load")
	for _, path := range []string{"/user", "/get?key=a", "/keys", "/visit", "/new"} {
		r := b.get(path)
		want(s, path+": status", r.status, http.StatusServiceUnavailable)
		want(s, path+": when to try again", r.header.Get("Retry-After"), "1")
		want(s, path+": cookie", r.cookies(), "")
	}
	want(s, "who does not look", b.get("/alone").status, http.StatusOK)
	s.store.heal()
	want(s, "when the store is back: user", b.get("/user").body, "ada")
	want(s, "when the store is back: keys", b.get("/keys").body, "")
}

func noSave(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/visit")
	s.store.fail(errOutage, "save")
	for _, path := range []string{"/visit", "/set?key=a&value=1", "/clear", "/delete?key=visits"} {
		r := b.get(path)
		want(s, path+": status", r.status, http.StatusServiceUnavailable)
		want(s, path+": cookie", r.cookies(), "")
	}
	s.store.heal()
	want(s, "when the store is back", b.get("/visit").body, "2")
}

func noCreate(s *stage) {
	b := s.start(setup{}).browser()
	for _, op := range []string{"new place", "create"} {
		for _, path := range []string{"/visit", "/login?user=ada"} {
			s.store.fail(errOutage, op)
			r := b.get(path)
			want(s, op+" "+path+": status", r.status, http.StatusServiceUnavailable)
			want(s, op+" "+path+": cookie", r.cookies(), "")
			s.store.heal()
		}
	}
	want(s, "stored sessions", s.store.Len(), 0)
	want(s, "when the store is back", b.get("/visit").body, "1")
}

func noRenew(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/visit")
	s.store.fail(errOutage, "renew")
	for _, path := range []string{"/login?user=ada", "/renew"} {
		r := b.get(path)
		want(s, path+": status", r.status, http.StatusServiceUnavailable)
		want(s, path+": cookie", r.cookies(), "")
	}
	want(s, "user", b.get("/user").body, "")
	want(s, "guard", b.get(guardedPath).status, http.StatusSeeOther)
	want(s, "visit", b.get("/visit").body, "2")
}

func noLogout(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	s.store.fail(errOutage, "destroy")
	r := b.get("/logout")
	want(s, "status", r.status, http.StatusServiceUnavailable)
	want(s, "cookie", r.cookies(), "")
	want(s, "cookie in the browser", b.line() != "", true)
	s.store.heal()
	want(s, "user, for the logout did not happen", b.get("/user").body, "ada")
	want(s, "the second try", b.get("/logout").status, http.StatusOK)
	want(s, "user after it", b.get("/user").body, "")
}

func noRefresh(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	s.store.Advance(idle / 2)
	s.store.fail(errOutage, "refresh")
	s.store.take()
	r := b.get("/user")
	want(s, "status", r.status, http.StatusOK)
	want(s, "user", r.body, "ada")
	want(s, "calls", s.store.take(), "load, refresh")
}

// savedPath answers 503 with a cookie: the id from before is dead.
const savedPath = "/saved-then-failed"

func savedThenFailed(s *stage) {
	b := s.start(setup{routes: []Route{get(savedPath, func(x Exchange) error {
		x.Session().Login("ada")
		if err := x.Session().Save(x.Context()); err != nil {
			return err
		}
		s.store.fail(errOutage, "save")
		visits.Set(x.Session(), 7)
		return x.Text(http.StatusOK, "")
	})}}).browser()
	for _, before := range []string{"/alone", "/visit"} {
		b.get(before)
		r := b.get(savedPath)
		want(s, before+": status", r.status, http.StatusServiceUnavailable)
		want(s, before+": cookie", masked(r.cookies()), forms[0].set)
		s.store.heal()
		want(s, before+": user", b.get("/user").body, "ada")
		b.get("/logout")
	}
}

func failureHeaders(s *stage) {
	b := s.start(setup{
		outer: http.Header{"X-Outer": {"kept"}, "Vary": {"Origin"}},
		routes: []Route{get("/dressed", func(x Exchange) error {
			visits.Set(x.Session(), 1)
			x.SetHeader("X-Handler", "dropped")
			x.SetHeader("Etag", `"dropped"`)
			x.SetHeader("Cache-Control", "max-age=60")
			x.AddHeader("Set-Cookie", handlersCookie+"dropped")
			return x.Text(http.StatusAccepted, "dropped")
		})},
	}).browser()
	s.store.fail(errOutage, "create")
	r := b.get("/dressed")
	want(s, "status", r.status, http.StatusServiceUnavailable)
	want(s, "outer header", r.header.Get("X-Outer"), "kept")
	want(s, "outer Vary", r.header.Get("Vary"), "Origin")
	want(s, "handler's Cache-Control", strings.Contains(r.header.Get("Cache-Control"), "max-age"), false)
	for _, name := range []string{"X-Handler", "Etag", "Set-Cookie"} {
		want(s, "handler's "+name, r.header.Get(name), "")
	}
	want(s, "body has the handler's", strings.Contains(r.body, "dropped"), false)
	s.store.heal()
	r = b.get("/dressed")
	want(s, "status when the store is back", r.status, http.StatusAccepted)
	want(s, "outer header when the store is back", r.header.Get("X-Outer"), "kept")
}

func hangOnce(s *stage) {
	b := s.start(setup{options: core.Options{StoreTimeout: 2 * time.Second}}).browser()
	for body, op := range []string{"create", "load"} {
		s.store.hold(op)
		want(s, op+": visit", b.get("/visit").body, strconv.Itoa(body+1))
	}
}

func lostOnce(s *stage) {
	b := s.start(setup{}).browser()
	for _, row := range []struct{ op, path, body string }{
		{"create", "/visit", "1"}, {"save", "/visit", "2"}, {"load", "/visit", "3"},
		{"renew", "/login?user=ada", "ok"}, {"load", "/user", "ada"}, {"renew", "/renew", "ok"},
		{"refresh", "/visit", "4"}, {"destroy", "/logout", "ok"}, {"create", "/login?user=bob", "ok"},
	} {
		s.store.loseReply(row.op)
		r := b.get(row.path)
		want(s, row.op+": status", r.status, http.StatusOK)
		want(s, row.op+": body", r.body, row.body)
	}
	want(s, "user", b.get("/user").body, "bob")
	want(s, "keys", b.get("/keys").body, "")
	want(s, "stored sessions", s.store.Len(), 1)
	want(s, "events store error", s.record.count(core.EventStoreError), 0)
}

func corrupt(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	s.store.fail(store.ErrCorrupt, "load", "save", "renew")
	for _, path := range []string{"/user", "/keys"} {
		r := b.get(path)
		want(s, path+": status", r.status, http.StatusOK)
		want(s, path+": body", r.body, "")
	}
	want(s, "guard", b.get(guardedPath).status, http.StatusSeeOther)
	for _, path := range []string{"/visit", "/set?key=a&value=1"} {
		want(s, path+": cookie", masked(b.get(path).cookies()), forms[0].set)
	}
}

func ownAnswer(s *stage) {
	b := s.start(setup{routes: []Route{get("/save", func(x Exchange) error {
		visits.Set(x.Session(), 7)
		err := x.Session().Save(x.Context())
		s.store.heal()
		return x.Text(http.StatusBadGateway, "my own page for "+strconv.Itoa(core.HTTPStatus(err)))
	})}}).browser()
	s.store.fail(errOutage, "create")
	r := b.get("/save")
	want(s, "status", r.status, http.StatusBadGateway)
	want(s, "body", r.body, "my own page for 503")
}

func errorPage(s *stage) {
	b := s.start(setup{errorPage: func(status int) string { return "sorry: " + http.StatusText(status) }}).browser()
	s.store.fail(errOutage, "create")
	r := b.get("/visit")
	want(s, "no save: status", r.status, http.StatusServiceUnavailable)
	want(s, "no save: body", r.body, "sorry: Service Unavailable")
	r = b.get("/set?key=@&value=1")
	want(s, "the program's mistake: status", r.status, http.StatusInternalServerError)
	want(s, "the program's mistake: body", r.body, "sorry: Internal Server Error")
	s.store.heal()
	b.get("/login?user=ada")
	s.store.fail(errOutage, "load")
	r = b.get(guardedPath)
	want(s, "guard: status", r.status, http.StatusServiceUnavailable)
	want(s, "guard: body", r.body, "sorry: Service Unavailable")
}
