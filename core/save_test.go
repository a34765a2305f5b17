package core_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/storehook"
)

func TestASessionLargerThanTheLimitIsRefused(t *testing.T) {
	b := newBrowser(t, &core.Options{MaxBytes: 1000})
	s := b.start()
	s.Set("k", strings.Repeat("x", 1000-1-2))
	if err := s.Save(t.Context()); err != nil {
		t.Fatalf("1,000 bytes: %v", err)
	}
	s.Set("l", 1)
	err := s.Save(t.Context())
	if !errors.Is(err, core.ErrTooLarge) || adapter.HTTPStatus(err) != 500 || !strings.Contains(err.Error(), "1002 bytes of keys and values, the limit is 1000") {
		t.Errorf("1,002 bytes: %v", err)
	}
	s.Delete("k")
	if _, err := b.commit(s); err != nil {
		t.Errorf("made smaller again: %v", err)
	}
	b.request(func(s *core.Session) {
		if got := strings.Join(s.Keys(), " "); got != "l" {
			t.Errorf("stored keys %q, want l", got)
		}
	})
}

// A read begins by repeating a save of unknown outcome. That this is too large is
// for the next save to say.
func TestAReadGoesOnAfterASaveThatIsTooLarge(t *testing.T) {
	keep := newFaulty(requestLost)
	b := browserOn(t, keep, &core.Options{MaxKeys: 1})
	b.request(func(s *core.Session) { s.Set("k", 1) })
	s := b.start()
	s.Set("l", 1)
	keep.op, keep.attempts = "save", 2
	if err := s.Save(t.Context()); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	if s.Get("k") != 1.0 || s.Err() != nil {
		t.Errorf("a read reads %v, error %v", s.Get("k"), s.Err())
	}
	if err := s.Save(t.Context()); !errors.Is(err, core.ErrTooLarge) {
		t.Errorf("the next save: %v, want that it is too large", err)
	}
	s.Delete("l")
	if _, err := b.commit(s); err != nil {
		t.Errorf("made smaller again: %v", err)
	}
}

func TestATakenPlaceIsNoErrorOfTheStore(t *testing.T) {
	b := newBrowser(t, nil)
	places := 0
	b.store.before = func(op string) {
		if op == "new place" {
			places++
			b.store.failOn["create"] = map[int]error{1: store.ErrExists}[places]
		}
	}
	b.request(func(s *core.Session) { s.Set("k", 1) })
	calls, events := b.store.took(), b.told()
	if calls != "new place create new place create" || events != "created" {
		t.Errorf("calls %q, events %q", calls, events)
	}
}

// R30: a store that never answers costs a request the store timeout, no more. P5: a client that went away does not undo a save.
func TestEveryCallToTheStoreEndsWithinItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := &storehook.Store{Hook: func(ctx context.Context, _ storehook.Call) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		m := browserOn(t, silent, &core.Options{StoreTimeout: 300 * time.Millisecond}).m
		id, mac := newToken(t, m)
		cookie := []string{"__Host-session=" + id + "." + mac}
		for name, do := range map[string]func(s *core.Session) error{
			"Load":           func(s *core.Session) error { return s.Load(context.Background()) },
			"Save":           func(s *core.Session) error { s.Set("k", 1); return s.Save(context.Background()) },
			"logout":         func(s *core.Session) error { s.Logout(); return s.Save(context.Background()) },
			"guard":          func(s *core.Session) error { s.User(); return s.Err() },
			"renewal":        func(s *core.Session) error { s.Renew(); return s.Save(context.Background()) },
			"a first commit": func(s *core.Session) error { s.Set("k", 1); _, err := m.Commit(s); return err },
		} {
			begun := time.Now()
			err := do(m.StartFor(context.Background(), &fake{cookies: cookie}))
			if took := time.Since(begun); took != 300*time.Millisecond || adapter.HTTPStatus(err) != 503 {
				t.Errorf("%s on a silent store: %v after %v, want a 503 after 300ms", name, err, took)
			}
		}
	})
}

func TestALoadThatTheCallerGivesUpIsNotKept(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Login("ada") })
	b.told()
	s := b.start()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Load(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Load with a cancelled context: %v", err)
	}
	if s.User() != "ada" || s.Err() != nil || b.told() != "loaded" {
		t.Errorf("afterwards: user %q, error %v", s.User(), s.Err())
	}
	s.Set("k", 1)
	if err := s.Save(ctx); err != nil {
		t.Errorf("Save with a cancelled context, which nobody gives up: %v", err)
	}
}

// After a login the times are unknown until they are read, and Confirm needs them.
func TestAConfirmWhoseReadFailsFailsTheRequest(t *testing.T) {
	b := newBrowser(t, nil)
	s := b.start()
	s.Login("ada")
	if err := s.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.store.fail("load", errDown)
	s.Confirm(2)
	b.store.fail("load", nil)
	b.store.took()
	if _, err := b.commit(s); !errors.Is(err, errDown) || adapter.HTTPStatus(err) != 503 {
		t.Errorf("the response fails with %v, want the error of the read", err)
	}
	if calls := b.store.took(); calls != "" {
		t.Errorf("calls %q", calls)
	}
}

// Timers are not exact: the deadline of the caller's context may come to the
// store's call a moment before it comes to the context.
func TestALoadThatEndsAtTheCallersDeadlineIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Login("ada") })
		b.told()
		s := b.start()
		var slow atomic.Bool
		slow.Store(true)
		b.store.before = func(string) {
			if slow.Load() {
				time.Sleep(time.Minute)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := s.Load(notYetDone{ctx}); err == nil {
			t.Error("Load returns nil")
		}
		slow.Store(false)
		if s.User() != "ada" || s.Err() != nil {
			t.Errorf("afterwards: user %q, error %v", s.User(), s.Err())
		}
		time.Sleep(time.Minute)
		if got := b.told(); got != "loaded" {
			t.Errorf("events %q", got)
		}
	})
}

// notYetDone is a context whose timer is late.
type notYetDone struct{ context.Context }

func (notYetDone) Err() error { return nil }

// H35: a client of a store that waits for its deadline, whatever happens to the
// caller, holds up no caller who gives up.
func TestALoadEndsWhenTheCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deaf := &storehook.Store{Hook: func(ctx context.Context, _ storehook.Call) error {
			deadline, _ := ctx.Deadline()
			time.Sleep(time.Until(deadline))
			return context.DeadlineExceeded
		}}
		m := browserOn(t, deaf, nil).m
		id, mac := newToken(t, m)
		s := m.Start(t.Context(), "__Host-session="+id+"."+mac)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		begun := time.Now()
		if err := s.Load(ctx); !errors.Is(err, context.Canceled) || time.Since(begun) != 50*time.Millisecond {
			t.Errorf("Load, cancelled after 50ms, returns %v after %v", err, time.Since(begun))
		}
		time.Sleep(time.Second) // until the store has given up too
	})
}
