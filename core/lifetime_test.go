package core_test

import (
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
)

func TestAReadRefreshesOnceATenthOfTheIdleTimeHasPassed(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, test := range []struct {
		name     string
		left     time.Duration
		deadline time.Duration
		want     bool
	}{
		{"just extended", 100 * time.Second, time.Hour, false},
		{"just before a tenth", 90*time.Second + time.Millisecond, time.Hour, false},
		{"a tenth", 90 * time.Second, time.Hour, true},
		{"nearly over", time.Second, time.Hour, true},
		{"nearly over, just before the deadline", time.Second, time.Second + time.Millisecond, true},
		{"nearly over, up to the deadline", time.Second, time.Second, false},
	} {
		r := &store.Record{Now: now, Idle: 100 * time.Second, Left: test.left, Deadline: now.Add(test.deadline)}
		if got := core.RefreshDue(r); got != test.want {
			t.Errorf("%s: due %v, want %v", test.name, got, test.want)
		}
	}
}

// P4: at most ten refreshes per idle period, and none in vain near the deadline.
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
	refreshes(110)
	if n := refreshes(80); n != 0 {
		t.Errorf("80 reads in the last 90 seconds before the deadline: %d refreshes, want 0", n)
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
