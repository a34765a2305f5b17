package ringbench

import (
	"testing"

	"github.com/ringsession/ringsession/internal/lab/report"
)

func TestVerdicts(t *testing.T) {
	for _, test := range []struct {
		b    bar
		want string
	}{
		{bar{most: 2, measured: report.Spread{Median: 1, Least: 1, Most: 2, N: 9}}, "met"},
		{bar{most: 2, measured: report.Spread{Median: 1, Least: 1, Most: 3, N: 9}}, "met (not in all 9 rounds alike)"},
		{bar{most: 2, measured: report.Spread{Median: 3, Least: 3, Most: 3, N: 9}}, "**not met**"},
		{bar{most: 2, aim: 1, measured: report.Spread{Median: 0.9, Least: 0.8, Most: 1, N: 9}}, "met, and the aim reached"},
		{bar{most: 2, aim: 1, measured: report.Spread{Median: 1.1, Least: 0.9, Most: 1.2, N: 9}}, "met, the aim not reached (not in all 9 rounds alike)"},
	} {
		if got := test.b.Verdict(); got != test.want {
			t.Errorf("%+v: got %q, want %q", test.b, got, test.want)
		}
	}
}
