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

// P4: at most ten refreshes per idle period.
func TestReadsRefreshAtMostTenTimesPerIdlePeriod(t *testing.T) {
	b := newBrowser(t, &core.Options{IdleTimeout: 100 * time.Second, AbsoluteTimeout: 300 * time.Second})
	b.request(func(s *core.Session) { s.Set("k", 1) })
	b.store.took()
	refreshes := func(reads int) (n int) {
		for range reads {
			b.store.Advance(time.Second)
			b.request(func(s *core.Session) { s.Get("k") })
			switch took := b.store.took(); took {
			case "load":
			case "load refresh":
				n++
			default:
				t.Fatalf("a read took %q", took)
			}
		}
		return n
	}
	if n := refreshes(100); n != 10 {
		t.Errorf("100 reads in an idle period of 100 seconds: %d refreshes, want 10", n)
	}
}

// P4: the refresh rides along with a write.
func TestAWriteRefreshesWithoutACallOfItsOwn(t *testing.T) {
	b := newBrowser(t, &core.Options{IdleTimeout: 100 * time.Second})
	b.request(func(s *core.Session) { s.Set("k", 1) })
	for range 5 {
		b.store.took()
		b.store.Advance(90 * time.Second)
		b.request(func(s *core.Session) {
			s.Get("k")
			s.Set("k", 2)
		})
		if took := b.store.took(); took != "load save" {
			t.Fatalf("a write 90 of 100 seconds after the last took %q, want %q", took, "load save")
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
