package ringbench

import (
	"math"
	"testing"
)

func TestRatiosAreOfTheSameRound(t *testing.T) {
	s := samples{"base": {10, 20, 40, math.NaN()}, "other": {5, 20, 80, 7}, "slow": {30, math.NaN(), math.NaN(), math.NaN()}}
	for name, want := range map[string]spread{
		"other":  {1, 0.5, 2, 3},
		"slow":   {3, 3, 3, 1},
		"absent": {},
	} {
		if got := s.ratio(name, "base"); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	if got := spreadOf([]float64{4, 1, 2, 3}).median; got != 2.5 {
		t.Errorf("the median of 1 to 4: got %v", got)
	}
}

func TestSlowCompetitorsRunOnce(t *testing.T) {
	calls := map[string]int{}
	competitors := []competitor{
		{"slow", func() float64 { calls["slow"]++; return 2 * tooSlow }},
		{"fast", func() float64 { calls["fast"]++; return 1 }},
	}
	s := measureInRounds(5, competitors)
	if calls["slow"] != 1 || calls["fast"] != 5 || len(s["slow"]) != 5 || s.nanoseconds("slow").n != 1 {
		t.Errorf("got %v calls and %v", calls, s)
	}
}
