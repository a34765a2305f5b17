package core_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
)

var secret = []byte(strings.Repeat("k", 32))

var errDown = errors.New("store is down")

// spy counts the calls to a memstore, and fails those it is told to.
type spy struct {
	*memstore.Store
	mu     sync.Mutex
	calls  []string
	failOn map[string]error
	before func(op string)
}

func newSpy() *spy { return &spy{Store: memstore.New(), failOn: map[string]error{}} }

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

func (s *spy) NewPlace(context.Context) (string, error) {
	if err := s.call("place"); err != nil {
		return "", err
	}
	return fmt.Sprintf("%012d", rand.Uint64N(1e12)), nil
}

func (s *spy) Create(ctx context.Context, id store.ID, d store.Delta) error {
	return errors.Join(s.call("create"), s.Store.Create(ctx, id, d))
}

func (s *spy) Load(ctx context.Context, id store.ID) (*store.Record, error) {
	if err := s.call("load"); err != nil {
		return nil, err
	}
	return s.Store.Load(ctx, id)
}

func (s *spy) Save(ctx context.Context, id store.ID, d store.Delta) error {
	return errors.Join(s.call("save"), s.Store.Save(ctx, id, d))
}

func (s *spy) Renew(ctx context.Context, id store.ID, next string, d store.Delta) error {
	return errors.Join(s.call("renew"), s.Store.Renew(ctx, id, next, d))
}

func (s *spy) Refresh(ctx context.Context, id store.ID) error {
	if err := s.call("refresh"); err != nil {
		return err
	}
	return s.Store.Refresh(ctx, id)
}

func (s *spy) Destroy(ctx context.Context, id store.ID, within time.Duration) (string, error) {
	if err := s.call("destroy"); err != nil {
		return "", err
	}
	return s.Store.Destroy(ctx, id, within)
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
	b := &browser{t: t, store: newSpy()}
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
	m, err := core.New(b.store, secret, &o)
	if err != nil {
		t.Fatal(err)
	}
	b.m = m
	return b
}

// start begins a request with the browser's cookie.
func (b *browser) start() *core.Session {
	return b.m.StartFor(b.t.Context(), &fake{header: b.header.Get, cookies: b.cookie})
}

// commit ends a request: what it sets as cookie is sent from now on.
func (b *browser) commit(s *core.Session) (adapter.Headers, error) {
	h, err := b.m.Commit(s)
	for _, line := range h.SetCookie {
		pair, _, _ := strings.Cut(line, ";")
		b.cookie = []string{pair}
		if strings.HasSuffix(pair, "=") {
			b.cookie = nil
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
