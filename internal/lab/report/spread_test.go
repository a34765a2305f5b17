package report_test

import (
	"math"
	"testing"

	"github.com/ringsession/ringsession/internal/lab/report"
)

func TestPercentile(t *testing.T) {
	for _, row := range []struct {
		sorted []float64
		p      float64
		want   float64
	}{
		{nil, 50, 0},
		{[]float64{7}, 50, 7},
		{[]float64{7}, 99, 7},
		{[]float64{1, 2, 3}, 50, 2},
		{[]float64{1, 2}, 50, 1.5},
		{[]float64{0, 10}, 99, 9.9},
		{[]float64{1, 2, 3, 4, 5}, 0, 1},
		{[]float64{1, 2, 3, 4, 5}, 100, 5},
		{[]float64{1, 2, 3, 4, 5}, 25, 2},
	} {
		if got := report.Percentile(row.sorted, row.p); got != row.want {
			t.Errorf("percentile %v of %v: %v, want %v", row.p, row.sorted, got, row.want)
		}
	}
}

func TestSpreadSortsAndKeepsTheOrderOfItsArgument(t *testing.T) {
	values := []float64{3, math.NaN(), 1, 2, 10}
	if got, want := report.SpreadOf(values), (report.Spread{Median: 2.5, Least: 1, Most: 10, N: 4}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if values[0] != 3 {
		t.Errorf("the argument was sorted: %v", values)
	}
	if got := report.SpreadOf(nil); got != (report.Spread{}) {
		t.Errorf("of nothing: %v", got)
	}
}

func TestNumbers(t *testing.T) {
	n := report.Number
	for got, want := range map[string]string{
		n(0.456): "0.46", n(0.00123): "0.0012", n(12.34): "12.3", n(1234.4): "1234", n(2): "2", n(0): "0",
		report.Thousands(7): "7", report.Thousands(1000): "1,000", report.Thousands(1048576): "1,048,576",
		report.Spread{}.String():                                       report.None,
		report.SpreadOf([]float64{0.5}).String():                       "0.50",
		report.SpreadOf([]float64{0.5, 1, 1.5}).String():               "1 (0.50–1.50)",
		report.Table([]string{"a", "b"}, [][]string{{"c"}, {"d", ""}}): "| a | b |\n|---|---|\n| c |\n| d |  |\n",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
