package core_test

import (
	"context"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/storehook"
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
	var got store.Lifetimes
	keep := &storehook.Store{Hook: func(ctx context.Context, c storehook.Call) error {
		got = c.Delta.Lifetimes
		return c.Do(ctx)
	}}
	b := browserOn(t, keep, &core.Options{IdleTimeout: time.Second + 1, AbsoluteTimeout: time.Minute + 1})
	b.request(set)
	if want := (store.Lifetimes{Idle: time.Second, Absolute: time.Minute}); got != want {
		t.Errorf("a create has the lifetimes %v, want %v", got, want)
	}
}
