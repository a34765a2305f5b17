package main

import (
	"slices"
	"testing"
)

func TestFloorsStandAroundEverySubject(t *testing.T) {
	for _, row := range []struct{ names, want []string }{
		{[]string{"a"}, []string{"F", "a", "F"}},
		{[]string{"a", "b"}, []string{"F", "a", "b", "F"}},
		{[]string{"a", "b", "c"}, []string{"F", "a", "b", "F", "c", "F"}},
	} {
		if got := withFloors(row.names, "F"); !slices.Equal(got, row.want) {
			t.Errorf("%v: %v, want %v", row.names, got, row.want)
		}
	}
}

func TestRatiosReferToTheNeighbouringFloors(t *testing.T) {
	figures := against([]slice{
		{subject: "F", value: 100, cpu: 10},
		{subject: "a", value: 150, cpu: 30},
		{subject: "b", value: 75, cpu: 15},
		{subject: "F", value: 200, cpu: 20},
		{subject: "c", value: 300, cpu: 15},
		{subject: "F", value: 400, cpu: 40},
	}, "F")
	for i, want := range []struct {
		subject         string
		ratio, cpuRatio float64
	}{
		{"F", 0.5, 0.5}, // it has one neighbour
		{"a", 1, 2},
		{"b", 0.5, 1},
		{"F", 0.8, 0.8},
		{"c", 1, 0.5},
		{"F", 2, 2},
	} {
		if f := figures[i]; f.subject != want.subject || f.ratio != want.ratio || f.cpuRatio != want.cpuRatio {
			t.Errorf("slice %d: %+v, want %+v", i, f, want)
		}
	}
}
