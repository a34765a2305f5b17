package ringbench

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestMeasuringHappensOnceAtLeastAndTakesTheMiddle(t *testing.T) {
	calls := 0
	if got := middleOf(0, func() float64 { calls++; return 7 }); got != 7 || calls != 1 {
		t.Errorf("a slice of nothing: got %v in %d calls", got, calls)
	}
	synctest.Test(t, func(t *testing.T) {
		passes := []time.Duration{5, 5, 900, 6, 6} // one with a pause
		next := 0
		got := middleOf(900+5+5+6+6, func() float64 {
			took := passes[next]
			next++
			time.Sleep(took)
			return float64(took)
		})
		if got != 6 || next != len(passes) {
			t.Errorf("got %v after %d passes, want the middle of all", got, next)
		}
	})
}
