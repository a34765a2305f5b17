package main

import (
	"testing"
	"time"
)

func TestForeign(t *testing.T) {
	if got := busyOf("cpu  100 20 30 9999 9999 4 5 6 50 60"); got != 1650*time.Millisecond {
		t.Errorf("busy for %v", got)
	}
	begin := time.Now()
	before := account{begin, time.Second, time.Second, 10 * time.Second}
	for _, row := range []struct {
		total time.Duration
		want  float64
	}{
		{11 * time.Second, 0.25}, // of two seconds on two cores, servers and client had half of one
		{10500 * time.Millisecond, 0},
		{10 * time.Second, 0},
		{30 * time.Second, 1},
	} {
		after := account{begin.Add(time.Second), 1250 * time.Millisecond, 1250 * time.Millisecond, row.total}
		if got := after.foreign(before, 2); got != row.want {
			t.Errorf("%v of the machine: %v, want %v", row.total, got, row.want)
		}
	}
}
