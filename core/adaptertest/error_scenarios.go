package adaptertest

import (
	"errors"
	"net/http"

	"github.com/ringsession/ringsession/core"
)

var errorScenarios = []scenario{
	{"change in an error handler", "what an error handler changes is stored before its page leaves", changeOnError},
	{"first change in an error handler", "a session born in an error handler gets its cookie", birthOnError},
	{"Save in an error handler", "Save in an error handler stores what needs no cookie", saveOnError},
	{"an error handler runs once", "the application's error handler runs once for an error", errorOnce},
	{"Save after a failed save", "an error page that saves learns what failed, and nothing of headers", saveAfterFailure},
}

var errHandler = errors.New("as the scenario wants it")

// failing is a route whose handler reports an error.
func failing() []Route {
	return []Route{get("/error", func(Exchange) error { return errHandler })}
}

func changeOnError(s *stage) {
	b := s.start(setup{routes: failing(), onError: func(x Exchange, _ error) { x.Session().Set("flash", "sorry") }}).browser()
	b.get("/login?user=ada")
	s.store.take()
	r := b.get("/error")
	want(s, "status", r.status, http.StatusInternalServerError)
	want(s, "calls", s.store.take(), "save")
	want(s, "the flash", b.get("/pop?key=flash").body, "sorry")
	want(s, "events lost", s.record.count(core.EventLost), 0)
}

func birthOnError(s *stage) {
	b := s.start(setup{routes: failing(), onError: func(x Exchange, _ error) { x.Session().Set("flash", "sorry") }}).browser()
	r := b.get("/error")
	want(s, "status", r.status, http.StatusInternalServerError)
	want(s, "cookie", masked(r.cookies()), forms[0].set)
	want(s, "the flash", b.get("/pop?key=flash").body, "sorry")
}

func saveOnError(s *stage) {
	saved := make(chan error, 1)
	b := s.start(setup{routes: failing(), onError: func(x Exchange, _ error) {
		x.Session().Set("flash", "sorry")
		saved <- x.Session().Save(x.Context())
	}}).browser()
	b.get("/login?user=ada")
	want(s, "status", b.get("/error").status, http.StatusInternalServerError)
	want(s, "Save", <-saved, nil)
	want(s, "the flash", b.get("/pop?key=flash").body, "sorry")
}

func errorOnce(s *stage) {
	told := make(chan error, 10)
	b := s.start(setup{routes: failing(), onError: func(_ Exchange, err error) { told <- err }}).browser()
	want(s, "status", b.get("/error").status, http.StatusInternalServerError)
	want(s, "calls", len(told), 1)
	want(s, "it is the handler's error", errors.Is(<-told, errHandler), true)
}

func saveAfterFailure(s *stage) {
	saved := make(chan error, 10)
	b := s.start(setup{onError: func(x Exchange, _ error) {
		x.Session().Set("flash", "sorry")
		saved <- x.Session().Save(x.Context())
	}}).browser()
	s.store.fail(errOutage, "create")
	want(s, "status", b.get("/visit").status, http.StatusServiceUnavailable)
	want(s, "Save is called", len(saved), 1)
	want(s, "the status of its error", core.HTTPStatus(<-saved), http.StatusServiceUnavailable)
	want(s, "events lost", s.record.count(core.EventLost), 0)
}
