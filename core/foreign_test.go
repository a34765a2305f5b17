package core_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/internal/storehook"
)

// finishes fails the test if do waits for something that does not come.
func finishes(t *testing.T, name string, do func()) {
	t.Helper()
	done := make(chan any)
	go func() {
		defer func() { done <- recover() }()
		do()
	}()
	select {
	case failure := <-done:
		if failure != nil {
			t.Errorf("%s: panic: %v", name, failure)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: it waits for ever", name)
	}
}

// recovered reports whether do panicked.
func recovered(do func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	do()
	return false
}

// A foreignLog is a slog handler that runs foreign code when it is asked whether
// it wants a record, or when it gets one.
type foreignLog struct {
	slog.Handler
	enabled, handle func()
}

func (l foreignLog) Enabled(context.Context, slog.Level) bool { l.enabled(); return true }
func (l foreignLog) Handle(context.Context, slog.Record) error {
	l.handle()
	return nil
}

// eventScenes make each event happen, in a session that exists unless the scene
// is about one that does not.
var eventScenes = []struct {
	kind core.EventKind
	kept bool // what is set and saved afterwards is stored
	do   func(b *browser, s *core.Session)
}{
	{core.EventLoaded, true, func(_ *browser, s *core.Session) { s.Get("k") }},
	{core.EventRenewed, true, func(b *browser, s *core.Session) {
		s.Login("ada")
		_ = s.Save(b.t.Context())
	}},
	{core.EventDestroyed, true, func(b *browser, s *core.Session) {
		s.Logout()
		_ = s.Save(b.t.Context())
	}},
	{core.EventCreated, true, func(b *browser, s *core.Session) {
		s.Logout()
		s.Set("k", 2)
		_ = s.Save(b.t.Context())
	}},
	{core.EventExpired, true, func(b *browser, s *core.Session) {
		b.store.Advance(time.Hour)
		s.User()
	}},
	{core.EventGone, false, func(b *browser, s *core.Session) {
		b.request(func(other *core.Session) { other.Logout() })
		s.Set("k", 2)
		_ = s.Save(b.t.Context())
	}},
	{core.EventLost, false, func(b *browser, s *core.Session) {
		_, _ = b.m.Commit(s)
		s.Login("ada")
		_ = s.Save(b.t.Context())
	}},
	{core.EventStoreError, true, func(b *browser, s *core.Session) {
		b.store.failOn["save"] = errDown
		s.Set("k", 2)
		_ = s.Save(b.t.Context())
		delete(b.store.failOn, "save")
	}},
}

// H31: loggers and hooks can use the session they are told of, panic, or be slow.
func TestForeignCodeThatIsToldOfAnEvent(t *testing.T) {
	for _, scene := range eventScenes {
		for _, place := range []string{"OnEvent", "Enabled", "Handle"} {
			for _, deed := range []string{"uses the session", "panics", "is slow"} {
				name := fmt.Sprintf("%s that %s when told of %q", place, deed, scene.kind)
				finishes(t, name, func() {
					tellForeignCode(t, name, place, deed, scene.kind, scene.kept, scene.do)
				})
			}
		}
	}
}

func tellForeignCode(t *testing.T, name, place, deed string, kind core.EventKind, kept bool,
	scene func(*browser, *core.Session),
) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Set("k", 1) })
	var s *core.Session
	armed, ran := false, false
	code := func() {
		if !armed {
			return
		}
		armed, ran = false, true
		use := func() {
			_, _, _ = s.User(), s.Keys(), s.Err()
			s.Set("foreign", 1)
			_ = s.Save(t.Context())
		}
		switch deed {
		case "uses the session":
			use()
		case "is slow": // another goroutine of the request goes on meanwhile
			done := make(chan bool)
			go func() { defer close(done); use() }()
			<-done
		case "panics":
			panic("foreign")
		}
	}
	at := func(where string) func() {
		return func() {
			if where == place {
				code()
			}
		}
	}
	// The logger is asked before anybody tells it the kind: it takes the first event.
	m, err := core.New(b.store, secret, &core.Options{
		Logger: slog.New(foreignLog{slog.DiscardHandler, at("Enabled"), at("Handle")}),
		OnEvent: func(_ context.Context, e core.Event) {
			if e.Kind == kind {
				at("OnEvent")()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.m = m
	s = b.start()
	if kind != core.EventLoaded && kind != core.EventExpired {
		s.User()
	}
	armed = true
	panicked := recovered(func() { scene(b, s) })
	if !ran || panicked != (deed == "panics") {
		t.Errorf("%s: ran %v, panicked %v", name, ran, panicked)
	}
	clear(b.store.failOn)
	s.Set("after", 1)
	err = s.Save(t.Context())
	if !kept || panicked && place != "OnEvent" {
		return // it must come back, no more
	}
	stored := b.m.Start(t.Context(), cookieFor(b.m, s))
	if got := strings.Join(stored.Keys(), " "); err != nil || !strings.Contains(got, "after") ||
		deed != "panics" && !strings.Contains(got, "foreign") {
		t.Errorf("%s: afterwards a save gives %v and the session holds %q", name, err, got)
	}
}

func cookieFor(m *core.Manager, s *core.Session) string {
	id := s.CurrentID()
	return "__Host-session=" + id + "." + m.Sign(id)
}

// A chatty value uses the session while it is encoded and decoded.
type chatty struct{ s *core.Session }

func (c chatty) MarshalJSON() ([]byte, error) {
	c.s.Set("encoded", c.s.User())
	return []byte(`"x"`), c.s.Save(context.Background())
}

var listener *core.Session

func (c *chatty) UnmarshalJSON([]byte) error {
	listener.Set("decoded", listener.User())
	return listener.Save(context.Background())
}

// A bomb panics while it is encoded and decoded.
type bomb struct{}

func (bomb) MarshalJSON() ([]byte, error) { panic("foreign") }
func (*bomb) UnmarshalJSON([]byte) error  { panic("foreign") }

func TestForeignCodeInAValue(t *testing.T) {
	for name, do := range map[string]func(s *core.Session){
		"a value that uses the session while it is encoded": func(s *core.Session) {
			s.Set("v", chatty{s})
		},
		"a value that uses the session while it is decoded": func(s *core.Session) {
			listener = s
			core.Key[chatty]("k").Get(s)
		},
		"a value that uses the session while it is popped": func(s *core.Session) {
			listener = s
			core.Key[chatty]("k").Pop(s)
		},
		"a value that panics while it is encoded": func(s *core.Session) { s.Set("v", bomb{}) },
		"a value that panics while it is decoded": func(s *core.Session) { core.Key[bomb]("k").Get(s) },
	} {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Login("ada"); s.Set("k", "text") })
		finishes(t, name, func() {
			b.request(func(s *core.Session) {
				s.Set("before", 1)
				if recovered(func() { do(s) }) != strings.Contains(name, "panics") {
					t.Errorf("%s: it did the other thing", name)
				}
				s.Set("after", 1)
			})
			got := strings.Join(b.start().Keys(), " ")
			for _, word := range []string{"before", "after"} {
				if !strings.Contains(got, word) {
					t.Errorf("%s: the session holds %q afterwards", name, got)
				}
			}
			if strings.Contains(name, "uses") && !strings.Contains(got, "coded") {
				t.Errorf("%s: what it set is lost: %q", name, got)
			}
		})
	}
}

// A hookedStore runs foreign code in its calls, before or after they take effect,
// as a hook of a Redis client would.
type hookedStore struct {
	storehook.Store
	op    string
	early bool
	hook  func(ctx context.Context)
}

func newHooked(early bool, hook func(ctx context.Context)) *hookedStore {
	s := &hookedStore{early: early, hook: hook}
	s.Hook = func(ctx context.Context, c storehook.Call) error {
		if c.Op != s.op {
			return c.Do(ctx)
		}
		s.op = ""
		if s.early {
			s.hook(ctx)
			return c.Do(ctx)
		}
		err := c.Do(ctx)
		s.hook(ctx)
		return err
	}
	return s
}

// A hook that panics leaves the session as it was, and the next save stores what
// this one did not.
func TestAStoreThatPanics(t *testing.T) {
	for _, op := range []string{"load", "save", "renew", "destroy", "create", "new place", "refresh"} {
		for _, early := range []bool{true, false} {
			name := fmt.Sprintf("a store that panics in its %s, early: %v", op, early)
			keep := newHooked(early, func(context.Context) { panic("foreign") })
			b := browserOn(t, keep, nil)
			b.request(func(s *core.Session) { s.Set("k", 1) })
			finishes(t, name, func() {
				s := b.start()
				if op == "refresh" {
					keep.Advance(10 * time.Minute)
				}
				keep.op = op
				if !recovered(func() {
					switch op {
					case "load", "refresh":
						s.User()
					case "renew":
						s.Renew()
					case "destroy", "create", "new place":
						s.Logout()
					}
					if op != "refresh" {
						s.Set("v", 1)
					}
					if _, err := b.m.Commit(s); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}) {
					t.Errorf("%s: nothing panicked", name)
				}
				s.Set("v", 1)
				s.Set("after", 1)
				_, err := b.commit(s)
				if got := strings.Join(b.start().Keys(), " "); err != nil || !strings.HasPrefix(got, "after") ||
					!strings.HasSuffix(got, "v") {
					t.Errorf("%s: then a commit gives %v and the session holds %q", name, err, got)
				}
			})
		}
	}
}

// There is one call of a session at a time: a commit waits for a save that is
// under way.
func TestACommitWaitsForASave(t *testing.T) {
	keep := newHooked(true, nil)
	b := browserOn(t, keep, nil)
	b.request(func(s *core.Session) { s.Set("k", 1) })
	s := b.start()
	s.Set("k", 2)
	committed := make(chan struct{})
	keep.op, keep.hook = "save", func(context.Context) {
		go func() {
			defer close(committed)
			if _, err := b.m.Commit(s); err != nil {
				t.Errorf("commit: %v", err)
			}
		}()
		for range 1000 {
			runtime.Gosched()
		}
		select {
		case <-committed:
			t.Error("a commit does not wait for the save that is under way")
		default:
		}
	}
	if err := s.Save(t.Context()); err != nil {
		t.Error(err)
	}
	<-committed
}

// A store's call that uses the session, which waits for the call, would never
// end. So it finds none in its context, also where the handler's has one.
func TestAStoreFindsNoSessionInItsContext(t *testing.T) {
	type name struct{}
	for _, op := range []string{"load", "save", "renew", "destroy", "create", "new place"} {
		ran := false
		var b *browser
		keep := newHooked(true, func(ctx context.Context) {
			ran = true
			if s, ok := core.FromContext(ctx); ok {
				t.Errorf("%s: the store's context carries the session %v", op, s)
			}
			if _, ok := b.m.FromContext(ctx); ok {
				t.Errorf("%s: the store's context carries the manager's session", op)
			}
			if ctx.Value(name{}) != "value" {
				t.Errorf("%s: the store's context lacks the values of the caller's", op)
			}
		})
		b = browserOn(t, keep, nil)
		b.request(func(s *core.Session) { s.Set("k", 1) })
		keep.op = op
		s := b.start()
		ctx := core.NewContext(context.WithValue(t.Context(), name{}, "value"), s)
		var err error
		switch op {
		case "load":
			err = s.Load(ctx)
		case "renew":
			s.Renew()
		case "destroy", "create", "new place":
			s.Logout()
		}
		s.Set("v", 1)
		if err = errors.Join(err, s.Save(ctx)); err != nil || !ran {
			t.Errorf("%s: error %v, the hook ran: %v", op, err, ran)
		}
	}
}
