package main

import "testing"

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
		if got := percentile(row.sorted, row.p); got != row.want {
			t.Errorf("percentile %v of %v: %v, want %v", row.p, row.sorted, got, row.want)
		}
	}
}

func TestSpreadSortsAndKeepsTheOrderOfItsArgument(t *testing.T) {
	values := []float64{3, 1, 2, 10}
	if got, want := spreadOf(values), (spread{2.5, 1, 10}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if values[0] != 3 {
		t.Errorf("the argument was sorted: %v", values)
	}
	if got := spreadOf(nil); got != (spread{}) {
		t.Errorf("of nothing: %v", got)
	}
}
