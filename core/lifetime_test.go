package core_test

import (
	"context"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
)

func TestAReadRefreshesOnceATenthOfTheIdleTimeHasPassed(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, test := range []struct {
		name  string
		used  time.Duration // how long ago
		locks bool
		want  bool
	}{
		{"just used", 0, false, false},
		{"just before a tenth", 10*time.Second - time.Millisecond, false, false},
		{"a tenth", 10 * time.Second, false, true},
		{"nearly over", 99 * time.Second, false, true},
		{"nearly locked", 99 * time.Second, true, true},
		{"locked", 100 * time.Second, true, false},
	} {
		r := &store.Record{Now: now, Used: now.Add(-test.used), Idle: 100 * time.Second, Locks: test.locks}
		if got := core.RefreshDue(r); got != test.want {
			t.Errorf("%s: due %v, want %v", test.name, got, test.want)
		}
	}
}

// A stream reads the session after its headers.
func TestAReadAfterTheHeadersRefreshes(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Set("k", 1) })
	b.store.Advance(10 * time.Minute)
	s := b.start()
	if _, err := b.commit(s); err != nil {
		t.Fatal(err)
	}
	b.store.took()
	s.Get("k")
	b.m.Finish(s)
	if got := b.store.took(); got != "load refresh" {
		t.Errorf("calls %q, want a load and a refresh", got)
	}
}

func TestAStoreGetsWholeMilliseconds(t *testing.T) {
	keep := &keeper{Store: memstore.New()}
	m, err := core.New(keep, secret, &core.Options{
		IdleTimeout: time.Second + 1, AbsoluteTimeout: time.Minute + 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, m: m}
	b.request(func(s *core.Session) { s.Set("k", 1) })
	if want := (store.Lifetimes{Idle: time.Second, Absolute: time.Minute}); keep.got != want {
		t.Errorf("a create has the lifetimes %v, want %v", keep.got, want)
	}
}

// A keeper notes the lifetimes of what is created.
type keeper struct {
	*memstore.Store
	got store.Lifetimes
}

func (k *keeper) Create(ctx context.Context, id store.ID, d store.Delta) error {
	k.got = d.Lifetimes
	return k.Store.Create(ctx, id, d)
}
