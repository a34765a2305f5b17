package memstore_test

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/storetest"
)

var (
	life  = core.Lifetimes{Idle: time.Minute, Absolute: time.Hour}
	delta = core.Delta{Set: map[string]string{"a": "1"}, Lifetimes: life}
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) (core.Store, func(time.Duration)) {
		s := memstore.New()
		return s, s.Advance
	})
}

func TestZeroValueIsAnEmptyStore(t *testing.T) {
	for name, call := range map[string]struct {
		do   func(s *memstore.Store) error
		want error
	}{
		"load":    {func(s *memstore.Store) error { _, err := s.Load(t.Context(), newID(t, s)); return err }, core.ErrNotFound},
		"save":    {func(s *memstore.Store) error { return s.Save(t.Context(), newID(t, s), delta) }, core.ErrGone},
		"renew":   {func(s *memstore.Store) error { return s.Renew(t.Context(), newID(t, s), newID(t, s), delta) }, core.ErrGone},
		"refresh": {func(s *memstore.Store) error { return s.Refresh(t.Context(), newID(t, s), life) }, nil},
		"destroy": {func(s *memstore.Store) error { return s.Destroy(t.Context(), newID(t, s)) }, nil},
		"create":  {func(s *memstore.Store) error { return s.Create(t.Context(), newID(t, s), "n", delta) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var s memstore.Store
			s.Advance(time.Hour)
			if n := s.Len(); n != 0 {
				t.Errorf("Len() = %d, want 0", n)
			}
			if err := call.do(&s); !errors.Is(err, call.want) {
				t.Errorf("got %v, want %v", err, call.want)
			}
		})
	}
}

func TestLenCountsLiveSessions(t *testing.T) {
	s := memstore.New()
	ids := make([]core.ID, 5)
	for i := range ids {
		ids[i] = create(t, s)
	}
	next := newID(t, s)
	for _, step := range []struct {
		name string
		do   func() error
		want int
	}{
		{"five creates", func() error { return nil }, 5},
		{"a destroy", func() error { return s.Destroy(t.Context(), ids[0]) }, 4},
		{"a renewal", func() error { return s.Renew(t.Context(), ids[1], next, delta) }, 4},
		{"half of the idle timeout", func() error { s.Advance(life.Idle / 2); return nil }, 4},
		{"a refresh", func() error { return s.Refresh(t.Context(), next, life) }, 4},
		{"a save", func() error { return s.Save(t.Context(), ids[2], delta) }, 4},
		{"the idle timeout of those not used", func() error { s.Advance(life.Idle / 2); return nil }, 2},
		{"the idle timeout of all", func() error { s.Advance(life.Idle); return nil }, 0},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if n := s.Len(); n != step.want {
			t.Errorf("after %s: Len() = %d, want %d", step.name, n, step.want)
		}
	}
}

func TestAdvanceMovesTheClock(t *testing.T) {
	s := memstore.New()
	first := load(t, s, create(t, s))
	s.Advance(24 * time.Hour)
	second := load(t, s, create(t, s))
	if got := second.Created.Sub(first.Created); got < 24*time.Hour || got > 25*time.Hour {
		t.Errorf("a session created a day later is %v younger", got)
	}
}

func TestAllMethodsAtOnce(t *testing.T) {
	s := memstore.New()
	id := create(t, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				next := newID(t, s)
				_ = s.Create(t.Context(), next, "n", delta)
				_ = s.Save(t.Context(), id, delta)
				_ = s.Refresh(t.Context(), id, life)
				if r, err := s.Load(t.Context(), id); err == nil {
					r.Fields["b"] = "mine"
				}
				_ = s.Renew(t.Context(), next, newID(t, s), delta)
				_ = s.Destroy(t.Context(), next)
				s.Advance(time.Millisecond)
				_ = s.Len()
			}
		})
	}
	wg.Wait()
	if n := s.Len(); n != 1 {
		t.Errorf("Len() = %d, want 1", n)
	}
}

func newID(t *testing.T, s *memstore.Store) core.ID {
	place, err := s.NewPlace(t.Context())
	if err != nil {
		t.Error(err)
	}
	secret := make([]byte, core.SecretLen/4*3)
	_, _ = rand.Read(secret)
	id, err := core.ParseID(place + base64.RawURLEncoding.EncodeToString(secret))
	if err != nil {
		t.Error(err)
	}
	return id
}

func create(t *testing.T, s *memstore.Store) core.ID {
	t.Helper()
	id := newID(t, s)
	if err := s.Create(t.Context(), id, "n", delta); err != nil {
		t.Fatal(err)
	}
	return id
}

func load(t *testing.T, s *memstore.Store, id core.ID) *core.Record {
	t.Helper()
	r, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
