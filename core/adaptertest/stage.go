package adaptertest

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
)

// patience bounds every wait for something that must happen.
const patience = 10 * time.Second

var secret = bytes.Repeat([]byte("s"), 32)

// A stage is where one scenario plays: a store, the processes in front of it,
// and a record of all that comes out.
type stage struct {
	testing.TB
	rule      string
	framework Framework
	listen    func(testing.TB) endpoint
	ctx       context.Context // ends when patience does
	store     *spy
	record    *record
}

func play(t *testing.T, f Framework, listen func(testing.TB) endpoint, sc scenario) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := &stage{
		TB: t, rule: sc.rule, framework: f, listen: listen, ctx: ctx,
		store: newSpy(), record: newRecord(),
	}
	// Cleanups run in reverse order: when this one runs, the servers have
	// ended.
	t.Cleanup(func() { s.record.check(s) })
	sc.run(s)
}

func (s *stage) Errorf(format string, args ...any) {
	s.Helper()
	s.TB.Errorf("broken rule: "+s.rule+"\n\t"+format, args...)
}

func (s *stage) Fatalf(format string, args ...any) {
	s.Helper()
	s.Errorf(format, args...)
	s.FailNow()
}

// want compares what came out with what the rule asks for.
func want[T comparable](s *stage, what string, got, want T) {
	s.Helper()
	if got != want {
		s.Errorf("%s: got %#v, want %#v", what, got, want)
	}
}

// wait returns what comes out of the channel, or the zero value when patience
// ends. Handlers may use it.
func wait[T any](s *stage, ch <-chan T, what string) (v T) {
	s.Helper()
	select {
	case v = <-ch:
	case <-s.ctx.Done():
		s.Errorf("waited in vain for %s", what)
	}
	return v
}

// A setup is how one process differs from the defaults.
type setup struct {
	options   core.Options
	secret    []byte
	routes    []Route
	outer     http.Header
	between   func(Exchange)
	inside    func(http.Handler) http.Handler
	errorPage func(status int) string
	onError   func(Exchange, error)
}

// A process is an application on a listener of its own.
type process struct {
	*stage
	transport *http.Transport
	http2     *http.Transport
	endpoint  endpoint
}

// start starts a process with the standard routes and those of the setup.
func (s *stage) start(u setup) *process {
	s.Helper()
	o := u.options
	o.Logger = slog.New(slog.NewTextHandler(&s.record.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.OnEvent = s.record.event
	if hook := u.options.OnEvent; hook != nil {
		o.OnEvent = func(ctx context.Context, e core.Event) {
			s.record.event(ctx, e)
			hook(ctx, e)
		}
	}
	s.record.insecure = s.record.insecure || o.Cookie.InsecureCookie
	if o.StoreTimeout == 0 {
		o.StoreTimeout = patience
	}
	if page := u.errorPage; page != nil {
		o.ErrorPage = func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(page(status)))
		}
	}
	if u.secret == nil {
		u.secret = secret
	}
	m, err := core.New(s.store, u.secret, &o)
	if err != nil {
		s.Fatalf("the scenario's options: %v", err)
	}
	ln := s.listen(s)
	s.framework.Serve(s, ln, App{
		Manager:     m,
		Routes:      s.count(append(standardRoutes(), u.routes...)),
		OuterHeader: u.outer,
		Between:     u.between,
		Inside:      u.inside,
		ErrorPage:   u.errorPage,
		OnError:     u.onError,
	})
	return newProcess(s, ln)
}

// count counts how often guarded handlers run.
func (s *stage) count(routes []Route) []Route {
	for i, r := range routes {
		if r.Guard != nil {
			routes[i].Handle = func(x Exchange) error {
				s.record.guarded.Add(1)
				return r.Handle(x)
			}
		}
	}
	return routes
}

// together runs n calls of f at the same time.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// A pause stops a handler until the scenario lets it go on.
type pause struct {
	s               *stage
	entered, resume chan struct{}
}

func (s *stage) pause() *pause { return &pause{s, make(chan struct{}), make(chan struct{})} }

// here is called by the handler.
func (p *pause) here() {
	close(p.entered)
	wait(p.s, p.resume, "the scenario")
}

// reached waits until the handler is there.
func (p *pause) reached() {
	p.s.Helper()
	select {
	case <-p.entered:
	case <-p.s.ctx.Done():
		p.s.Fatalf("waited in vain for the handler")
	}
}

// end lets the handler go on.
func (p *pause) end() { close(p.resume) }
