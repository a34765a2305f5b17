package core_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
)

// P4: what each request asks of the store.
func TestWhatARequestCosts(t *testing.T) {
	type step func(s *core.Session)
	for _, test := range []struct {
		name   string
		cookie string
		do     step
		calls  string
	}{
		{"no cookie, session alone", "", func(*core.Session) {}, ""},
		{"no cookie, read", "", func(s *core.Session) { s.Get("k"); s.User(); s.IsNew(); s.Keys() }, ""},
		{"no cookie, delete and clear", "", func(s *core.Session) { s.Delete("k"); s.Clear(); s.Renew() }, ""},
		{"no cookie, set", "", func(s *core.Session) { s.Set("k", 1) }, "place create"},
		{"no cookie, set and delete", "", func(s *core.Session) { s.Set("k", 1); s.Delete("k") }, ""},
		{"no cookie, login", "", func(s *core.Session) { s.Login("ada") }, "place create"},
		{"forged cookie, read and guard", "forged", func(s *core.Session) { s.Get("k"); s.User() }, ""},
		{"good cookie, session alone", "good", func(*core.Session) {}, ""},
		{"good cookie, read", "good", func(s *core.Session) { s.Get("k"); s.Get("k"); s.User() }, "load"},
		{"good cookie, read and write", "good", func(s *core.Session) { s.Get("k"); s.Set("k", 2); s.Set("l", 3) }, "load save"},
		{"good cookie, write", "good", func(s *core.Session) { s.Set("k", 2) }, "save"},
		{"good cookie, logout", "good", func(s *core.Session) { s.Logout() }, "destroy"},
		{"good cookie, save twice", "good", func(s *core.Session) { s.Set("k", 2); _ = s.Save(t.Context()); _ = s.Save(t.Context()) }, "save"},
	} {
		b := newBrowser(t, nil)
		switch test.cookie {
		case "good":
			b.request(func(s *core.Session) { s.Set("k", 1) })
		case "forged":
			b.cookie = []string{"__Host-session=" + strings.Repeat("A", 44) + "." + strings.Repeat("A", 43)}
		}
		b.store.took()
		b.request(test.do)
		if got := b.store.took(); got != test.calls {
			t.Errorf("%s: calls %q, want %q", test.name, got, test.calls)
		}
	}
}

// R3, P3: neither a random id nor a signed one whose session is gone is ever adopted.
func TestAnIDWithoutASessionIsNeverAdopted(t *testing.T) {
	for _, write := range []struct {
		name string
		do   func(s *core.Session)
	}{
		{"a read and a write", func(s *core.Session) { s.Get("k"); s.Set("k", 1) }},
		{"a write", func(s *core.Session) { s.Set("k", 1) }},
		{"a login", func(s *core.Session) { s.Login("ada") }},
		{"a renewal and a write", func(s *core.Session) { s.Renew(); s.Set("k", 1) }},
	} {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Set("old", 1) })
		signed, id := b.cookie, b.start().CurrentID()
		b.store.Advance(time.Hour)
		b.request(write.do)
		if got := b.start().CurrentID(); got == id || got == "" || b.store.Len() != 1 {
			t.Errorf("%s with the signed id %v of an expired session went to %v; %d sessions", write.name, id, got, b.store.Len())
		}
		b.cookie = signed
		if s := b.start(); !s.IsNew() {
			t.Errorf("%s with a signed id of an expired session stored something under it: %q", write.name, s.Keys())
		}
	}
}

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
	keep := &faultyStore{Store: memstore.New(), fault: requestLost}
	m, err := core.New(keep, secret, &core.Options{MaxKeys: 1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, m: m}
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
		if op == "place" {
			places++
			b.store.failOn["create"] = map[int]error{1: store.ErrExists}[places]
		}
	}
	b.request(func(s *core.Session) { s.Set("k", 1) })
	calls, events := b.store.took(), b.told()
	if calls != "place create place create" || events != "created" {
		t.Errorf("calls %q, events %q", calls, events)
	}
}

// H19: a save whose reply is lost is repeated by the next Save, without a second session and without a false conflict.
func TestASaveAfterALostReplyHasNoSecondEffect(t *testing.T) {
	for _, op := range []string{"create", "save", "renew"} {
		b := newBrowser(t, nil)
		if op != "create" {
			b.request(func(s *core.Session) { s.Set("old", 1) })
		}
		s := b.start()
		s.Set("k", 1)
		if op == "renew" {
			s.Login("ada")
		}
		b.store.failOn[op] = errDown // after it took effect
		if err := s.Save(t.Context()); !errors.Is(err, errDown) {
			t.Fatalf("%s: %v", op, err)
		}
		delete(b.store.failOn, op)
		if _, err := b.commit(s); err != nil || b.store.Len() != 1 {
			t.Errorf("%s repeated: error %v, %d sessions, want 1", op, err, b.store.Len())
		}
		b.request(func(s *core.Session) {
			if s.Get("k") != 1.0 {
				t.Errorf("%s repeated: value %v", op, s.Get("k"))
			}
		})
	}
}

// R30: a store that never answers costs a request the store timeout, no more. P5: a client that went away does not undo a save.
func TestEveryCallToTheStoreEndsWithinItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := core.New(silent{memstore.New()}, secret, &core.Options{StoreTimeout: 300 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
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

// silent is a store that hears nothing.
type silent struct{ *memstore.Store }

func (silent) Load(ctx context.Context, _ store.ID) (*store.Record, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
func (silent) Save(ctx context.Context, _ store.ID, _ store.Delta) error {
	<-ctx.Done()
	return ctx.Err()
}
func (silent) Renew(ctx context.Context, _ store.ID, _ string, _ store.Delta) error {
	<-ctx.Done()
	return ctx.Err()
}
func (silent) Destroy(ctx context.Context, _ store.ID, _ time.Duration) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

func TestASaveOutlivesTheClient(t *testing.T) {
	b := newBrowser(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	s := b.m.StartFor(ctx, &fake{})
	s.Set("k", 1)
	cancel()
	if _, err := b.commit(s); err != nil {
		t.Fatal(err)
	}
	b.request(func(s *core.Session) {
		if s.Get("k") != 1.0 {
			t.Error("what a client set that went away is lost")
		}
		s.Set("k", 2)
		if err := s.Save(ctx); err != nil {
			t.Errorf("Save with a cancelled context: %v", err)
		}
	})
}

// A failed read is kept: it is not tried again, and a logout or a write after it does not hide it.
func TestAFailedReadFailsTheWholeRequest(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Login("ada"); s.Set("k", 1) })
	b.store.failOn["load"] = errDown
	b.store.took()
	s := b.start()
	if s.Get("k") != nil || s.User() != "" || len(s.Keys()) != 0 || !s.IsNew() {
		t.Error("a session that could not be read does not read as empty")
	}
	if !errors.Is(s.Err(), errDown) || !errors.Is(s.Load(t.Context()), errDown) {
		t.Errorf("Err() = %v", s.Err())
	}
	delete(b.store.failOn, "load")
	s.Set("k", 2)
	h, err := b.commit(s)
	if adapter.HTTPStatus(err) != 503 || len(h.SetCookie) > 0 || len(h.Vary) == 0 || !h.Retry || b.store.took() != "load load" {
		t.Errorf("commit: error %v, headers %+v", err, h)
	}
	b.request(func(s *core.Session) {
		if s.User() != "ada" || s.Get("k") != 1.0 {
			t.Errorf("afterwards: user %q, value %v", s.User(), s.Get("k"))
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
}

// H35: a client of a store that waits for its deadline, whatever happens to the
// caller, holds up no caller who gives up.
func TestALoadEndsWhenTheCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := core.New(deaf{memstore.New()}, secret, nil)
		if err != nil {
			t.Fatal(err)
		}
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

// deaf is a store that hears nothing, and looks at the deadline alone.
type deaf struct{ *memstore.Store }

func (deaf) Load(ctx context.Context, _ store.ID) (*store.Record, error) {
	deadline, _ := ctx.Deadline()
	time.Sleep(time.Until(deadline))
	return nil, context.DeadlineExceeded
}

func TestACorruptRecordIsAnonymousAndReported(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Login("ada") })
	b.told()
	b.store.failOn["load"] = store.ErrCorrupt
	b.request(func(s *core.Session) {
		if s.User() != "" || s.Err() != nil {
			t.Errorf("user %q, error %v", s.User(), s.Err())
		}
	})
	if len(b.events) != 1 || b.events[0].Reason != "the record is corrupt" {
		t.Errorf("events %+v", b.events)
	}
	before := b.cookie[0]
	b.request(func(s *core.Session) { s.Get("k"); s.Set("k", 1) })
	if b.cookie[0] == before {
		t.Error("a write after a corrupt record did not get a new id")
	}
}
