package memstore_test

import (
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/core/storetest"
)

var (
	life  = store.Lifetimes{Idle: time.Minute, Absolute: time.Hour}
	delta = store.Delta{Set: map[string]string{"a": "1"}, Lifetimes: life}
	login = store.Delta{Login: store.Login{User: "ada"}, Lifetimes: life}
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) (store.Store, func(time.Duration)) {
		s := memstore.New()
		return s, s.Advance
	})
}

func TestLenCountsLiveSessions(t *testing.T) {
	s := memstore.New()
	ids := make([]store.ID, 5)
	for i := range ids {
		ids[i] = create(t, s)
	}
	next := store.ID{Place: ids[1].Place, Fingerprint: newID().Fingerprint}
	for _, step := range []struct {
		name string
		do   func() error
		want int
	}{
		{"five creates", func() error { return nil }, 5},
		{"a destroy", func() error { _, err := s.Destroy(t.Context(), ids[0], 0); return err }, 4},
		{"a destroy of what never was", func() error { _, err := s.Destroy(t.Context(), newID(), 0); return err }, 4},
		{"a renewal", func() error { return s.Renew(t.Context(), ids[1], next.Fingerprint, delta) }, 4},
		{"half of the idle timeout", func() error { s.Advance(life.Idle / 2); return nil }, 4},
		{"a refresh", func() error { return s.Refresh(t.Context(), next) }, 4},
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

func TestAllMethodsAtOnce(t *testing.T) {
	s := memstore.New()
	id := create(t, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				own := newID()
				_ = s.Create(t.Context(), own, delta)
				_ = s.Save(t.Context(), id, delta)
				_ = s.Refresh(t.Context(), id)
				if r, err := s.Load(t.Context(), id); err == nil {
					r.Fields["b"] = "mine"
				}
				next := newID().Fingerprint
				_ = s.Renew(t.Context(), own, next, delta)
				_, _ = s.Destroy(t.Context(), own, life.Idle)
				ended := newID()
				_ = s.Create(t.Context(), ended, login)
				_, _ = s.List(t.Context(), store.Owner{User: "ada"}, store.Query{})
				_, _ = s.End(t.Context(), store.Owner{User: "ada"}, store.Ending{})
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

func newID() store.ID {
	return store.ID{Place: rand.Text()[:store.PlaceLen], Fingerprint: rand.Text()[:store.FingerprintLen]}
}

func create(t *testing.T, s *memstore.Store) store.ID {
	t.Helper()
	id := newID()
	if err := s.Create(t.Context(), id, delta); err != nil {
		t.Fatal(err)
	}
	return id
}
