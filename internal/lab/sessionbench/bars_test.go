package main

import "testing"

func TestVerdicts(t *testing.T) {
	high, low := bar{must: 1, aim: 1.25}, bar{must: 35, aim: 22, atMost: true}
	for _, row := range []struct {
		bar
		value float64
		want  string
	}{
		{high, 0.99, "not met"},
		{high, 1, "met"},
		{high, 1.24, "met"},
		{high, 1.25, "aim met"},
		{low, 36, "not met"},
		{low, 35, "met"},
		{low, 23, "met"},
		{low, 22, "aim met"},
	} {
		if got := row.verdict(row.value); got != row.want {
			t.Errorf("%+v: %v: %s, want %s", row.bar, row.value, got, row.want)
		}
	}
}

// A bar that asks for less than it aims at, or names no subject, would be met by mistake.
func TestBarsMakeSense(t *testing.T) {
	for _, b := range bars {
		if b.must != b.aim && b.must < b.aim == b.atMost {
			t.Errorf("%s: aims at less than must be", b.what)
		}
		if s, ok := find(b.subject); !ok || s.kind != our {
			t.Errorf("%s: %q is not this library", b.what, b.subject)
		}
	}
}

func TestTheBestOtherLibraryIsInTheSameFramework(t *testing.T) {
	c := &cell{workload: workloads[0], conns: 64, figures: map[string][]figure{
		"scs":                  {{ratio: 0.5, cpuRatio: 2}},
		"gorilla + redistore":  {{ratio: 0.7, cpuRatio: 3}},
		"gin-contrib/sessions": {{ratio: 0.9, cpuRatio: 1}},
		"net/http":             {{ratio: 1.2, cpuRatio: 1}},
	}}
	r := &results{cells: []*cell{c}}
	for _, row := range []struct {
		bar
		want string
	}{
		{bar{subject: "net/http", of: ratio("READ/64")}, "gorilla + redistore"},
		{bar{subject: "net/http", of: cpu("READ/64"), atMost: true}, "scs"},
		{bar{subject: "Gin", of: ratio("READ/64")}, "gin-contrib/sessions"},
		{bar{subject: "Fiber", of: ratio("READ/64")}, ""},
		{bar{subject: "net/http", of: ratio("READ/1")}, ""},
	} {
		if got, _, ok := r.best(row.bar); got != row.want || ok != (row.want != "") {
			t.Errorf("%s: got %q, %v, want %q", row.subject, got, ok, row.want)
		}
	}
}
