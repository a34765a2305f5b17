package core_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/storehook"
)

var secret = []byte(strings.Repeat("k", 32))

var errDown = errors.New("store is down")

// spy counts the calls to a store in memory, and fails those it is told to. What
// writes takes effect all the same.
type spy struct {
	storehook.Store
	mu     sync.Mutex
	calls  []string
	failOn map[string]error
	before func(op string)
}

func newSpy() *spy {
	s := &spy{failOn: map[string]error{}}
	s.Hook = func(ctx context.Context, c storehook.Call) error {
		err := s.call(c.Op)
		if writes := c.Delta.Lifetimes != (store.Lifetimes{}); err != nil && !writes {
			return err
		}
		return errors.Join(err, c.Do(ctx))
	}
	return s
}

func (s *spy) call(op string) error {
	if s.before != nil {
		s.before(op)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, op)
	return s.failOn[op]
}

// fail makes calls of the operation fail from now on, with nil no more.
func (s *spy) fail(op string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failOn[op] = err
}

// took returns the calls since the last took, joined by spaces.
func (s *spy) took() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.calls = nil }()
	return strings.Join(s.calls, " ")
}

// browser keeps the cookie of one visitor between requests to a Manager.
type browser struct {
	t      *testing.T
	m      *core.Manager
	store  *spy
	cookie []string
	header http.Header
	mu     sync.Mutex
	events []core.Event
}

func newBrowser(t *testing.T, opts *core.Options) *browser {
	t.Helper()
	keep := newSpy()
	b := browserOn(t, keep, opts)
	b.store = keep
	return b
}

// browserOn is newBrowser with another store.
func browserOn(t *testing.T, keep store.Store, opts *core.Options) *browser {
	t.Helper()
	b := &browser{t: t}
	b.m = b.manager(keep, opts)
	return b
}

// manager returns one that logs nothing, and tells the browser its events.
func (b *browser) manager(keep store.Store, opts *core.Options) *core.Manager {
	b.t.Helper()
	o := core.Options{}
	if opts != nil {
		o = *opts
	}
	o.OnEvent = func(_ context.Context, e core.Event) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.events = append(b.events, e)
	}
	o.Logger = slog.New(slog.DiscardHandler)
	m, err := core.New(keep, secret, &o)
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

// start begins a request with the browser's cookie.
func (b *browser) start() *core.Session {
	return b.m.StartFor(b.t.Context(), &fake{header: b.header.Get, cookies: b.cookie})
}

// commit ends a request: what it sets as cookie is sent from now on.
func (b *browser) commit(s *core.Session) (adapter.Headers, error) {
	h, err := b.m.Commit(s)
	if len(h.SetCookie) > 0 {
		b.cookie = nil
	}
	for _, line := range h.SetCookie {
		if pair, _, _ := strings.Cut(line, ";"); !strings.HasSuffix(pair, "=") {
			b.cookie = append(b.cookie, pair)
		}
	}
	return h, err
}

// request runs a handler and fails the test if the commit does.
func (b *browser) request(handler func(s *core.Session)) adapter.Headers {
	b.t.Helper()
	s := b.start()
	handler(s)
	h, err := b.commit(s)
	if err != nil {
		b.t.Fatalf("commit: %v", err)
	}
	b.m.Finish(s)
	return h
}

// told returns the kinds of the events since the last told.
func (b *browser) told() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var kinds []string
	for _, e := range b.events {
		kinds = append(kinds, string(e.Kind))
	}
	b.events = nil
	return strings.Join(kinds, " ")
}

// list returns the sessions of the user.
func (b *browser) list(user string) []core.UserSession {
	b.t.Helper()
	list, err := b.m.Of(b.t.Context(), user)
	if err != nil {
		b.t.Fatalf("the sessions of %s: %v", user, err)
	}
	return list
}

// another returns a browser that nobody has seen before, of the same store.
func (b *browser) another() *browser { return &browser{t: b.t, m: b.m, store: b.store} }

var maxAgeIn = regexp.MustCompile(`Max-Age=(\d+)`)

// maxAge returns the seconds of the only cookie, "session" if the browser forgets it
// when it closes, or "" without a cookie.
func maxAge(h adapter.Headers) string {
	if len(h.SetCookie) == 0 {
		return ""
	}
	if found := maxAgeIn.FindStringSubmatch(h.SetCookie[0]); found != nil {
		return found[1]
	}
	return "session"
}

func unsafeString(b []byte) string { return unsafe.String(&b[0], len(b)) }

// A fake is a request without a server.
type fake struct {
	method, host, target string
	header               func(string) string
	cookies              []string
}

func (f fake) Method() string    { return f.method }
func (f fake) Host() string      { return f.host }
func (f fake) Target() string    { return f.target }
func (f fake) Cookies() []string { return f.cookies }

func (f fake) Header(name string) string {
	if f.header == nil {
		return ""
	}
	return f.header(name)
}
