package ringbench

import (
	"testing"

	"github.com/ringsession/ringsession/internal/lab/report"
)

func TestPercent(t *testing.T) {
	for got, want := range map[string]string{
		percent(report.Spread{}):                                report.None,
		percent(report.Spread{N: 3}):                            "0",
		percent(report.Spread{Median: 0.004, Most: 0.01, N: 3}): "< 0.01",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
