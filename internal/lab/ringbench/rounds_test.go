package ringbench

import (
	"math"
	"testing"

	"github.com/ringsession/ringsession/internal/lab/report"
)

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
