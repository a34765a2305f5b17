package adaptertest

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/ringsession/ringsession/core"
)

var handlerScenarios = []scenario{
	{"panic", "a handler that panics saves nothing, and the panic passes on", panics},
	{"handler's error", "what a handler changed before it reports an error goes out with the error's page", handlersError},
	{"mounted twice", "a middleware that is mounted twice reads and saves once and sends one cookie", mountedTwice},
	{"client gone", "a save completes when the client has gone and the request's context has ended", func(s *stage) { clientGone(s, true) }},
	{"client gone early", "a first read and a save complete when the client has gone before them", func(s *stage) { clientGone(s, false) }},
	{"after the response", "a session may outlive its request: it reads, and saves what needs no cookie", func(s *stage) { afterwards(s, "/keep") }}, // H20
	{"first read after the response", "a session that nobody used may be read when its request is over", func(s *stage) { afterwards(s, "/keep-unread") }},
	{"born after the response", "a session born after its request is reported as lost", bornAfterwards},
}

func panics(s *stage) {
	b := s.start(setup{routes: []Route{get("/panic", func(x Exchange) error {
		x.SetHeader("X-Handler", "was here")
		visits.Set(x.Session(), 7)
		x.Session().Login("ada")
		panic("as the scenario wants it")
	})}}).browser()
	for _, calls := range []string{"", "load"} {
		r := b.get("/panic")
		want(s, "status", r.status, http.StatusInternalServerError)
		want(s, "cookie", r.cookies(), "")
		want(s, "calls", s.store.take(), calls)
		b.get("/visit")
		s.store.take()
	}
	want(s, "visits", b.get("/visit").body, "3")
	want(s, "user", b.get("/user").body, "")
}

func handlersError(s *stage) {
	b := s.start(setup{routes: []Route{get("/error", func(x Exchange) error {
		visits.Set(x.Session(), 7)
		return errors.New("as the scenario wants it")
	})}}).browser()
	r := b.get("/error")
	want(s, "status", r.status, http.StatusInternalServerError)
	want(s, "cookie", masked(r.cookies()), forms[0].set)
	want(s, "visits", b.get("/visit").body, "8")
}

func mountedTwice(s *stage) {
	b := s.start(setup{between: func(x Exchange) { x.Session().Set("between", 1) }}).browser()
	r := b.get("/visit")
	want(s, "cookies", masked(r.cookies()), forms[0].set)
	want(s, "Vary", strings.Join(r.header["Vary"], ", "), "Cookie")
	want(s, "calls of the first visit", s.store.take(), "new place, create")
	b.get("/visit")
	want(s, "calls of the second visit", s.store.take(), "load, save")
	want(s, "keys", b.get("/keys").body, "between,visits")
	s.store.fail(errOutage, "save")
	want(s, "status of a failure", b.get("/visit").status, http.StatusServiceUnavailable)
}

func clientGone(s *stage, readBefore bool) {
	entered := make(chan struct{})
	b := s.start(setup{routes: []Route{get("/gone", func(x Exchange) error {
		if readBefore {
			_ = x.Session().Keys()
		}
		close(entered)
		wait(s, x.Context().Done(), "the end of the context")
		return x.Text(http.StatusOK, visit(x.Session(), x))
	})}}).browser()
	b.get("/visit")
	save := s.store.hold("save")
	close(save.open)
	ctx, leave := context.WithCancel(s.ctx)
	left := make(chan error, 1)
	go func() {
		_, err := b.client.Do(b.request(ctx, http.MethodGet, "/gone", ""))
		left <- err
	}()
	wait(s, entered, "the handler")
	leave()
	want(s, "the client gave up", errors.Is(wait(s, left, "the client"), context.Canceled), true)
	wait(s, save.left, "the save")
	want(s, "visits", b.get("/visit").body, "3")
}

// outlived returns the session of a request that has ended.
func outlived(s *stage, b *browser, path string, sessions <-chan *core.Session) *core.Session {
	want(s, "status", b.get(path).status, http.StatusOK)
	// The next request on the same connection begins when the last one has
	// ended altogether.
	b.get("/alone")
	kept := wait(s, sessions, "the session")
	if kept == nil {
		s.FailNow()
	}
	return kept
}

// keeping returns two routes whose handlers hand out their session: one uses
// it, one does not.
func keeping() ([]Route, <-chan *core.Session) {
	sessions := make(chan *core.Session, 1)
	return []Route{
		get("/keep", answer(func(x Exchange) string { sessions <- x.Session(); return x.Session().User() })),
		get("/keep-unread", answer(func(x Exchange) string { sessions <- x.Session(); return "" })),
	}, sessions
}

func afterwards(s *stage, path string) {
	routes, sessions := keeping()
	b := s.start(setup{routes: routes}).browser()
	b.get("/login?user=ada")
	kept := outlived(s, b, path, sessions)
	want(s, "user", kept.User(), "ada")
	visits.Set(kept, 7)
	want(s, "Save", kept.Save(context.Background()), nil)
	want(s, "visits", b.get("/visit").body, "8")
	want(s, "Err", kept.Err(), nil)
}

func bornAfterwards(s *stage) {
	routes, sessions := keeping()
	b := s.start(setup{routes: routes}).browser()
	kept := outlived(s, b, "/keep", sessions)
	kept.Login("ada")
	for range 2 {
		want(s, "Save is ErrTooLate", errors.Is(kept.Save(context.Background()), core.ErrTooLate), true)
	}
	want(s, "Err is ErrTooLate", errors.Is(kept.Err(), core.ErrTooLate), true)
	want(s, "events lost", s.record.count(core.EventLost), 1)
	want(s, "stored sessions", s.store.Len(), 0)
}
