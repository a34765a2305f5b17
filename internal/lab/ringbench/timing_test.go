package ringbench

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/internal/lab/report"
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

func TestRatiosAreOfTheSameRound(t *testing.T) {
	s := samples{"base": {10, 20, 40, math.NaN()}, "other": {5, 20, 80, 7}, "slow": {30, math.NaN(), math.NaN(), math.NaN()}}
	for name, want := range map[string]report.Spread{
		"other":  {Median: 1, Least: 0.5, Most: 2, N: 3},
		"slow":   {Median: 3, Least: 3, Most: 3, N: 1},
		"absent": {},
	} {
		if got := s.ratio(name, "base"); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestSlowCompetitorsRunOnce(t *testing.T) {
	calls := map[string]int{}
	competitors := []competitor{
		{"slow", func() float64 { calls["slow"]++; return 2 * tooSlow }},
		{"fast", func() float64 { calls["fast"]++; return 1 }},
	}
	s := measureInRounds(5, competitors)
	if calls["slow"] != 1 || calls["fast"] != 5 || len(s["slow"]) != 5 || s.nanoseconds("slow").N != 1 {
		t.Errorf("got %v calls and %v", calls, s)
	}
}
