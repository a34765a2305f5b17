package main

import (
	"io"
	"regexp"
	"testing"
	"time"
)

// Every subject does every workload, with every value checked.
func TestEverySubjectDoesItsWork(t *testing.T) {
	l := newLab(t)
	o := options{rounds: 1, slice: 10 * time.Second, limit: 3, only: regexp.MustCompile("/64/")}
	cells := cellsOf(o)
	for _, c := range cells {
		c.conns = 2
	}
	if err := measure(l, o, cells, io.Discard); err != nil {
		t.Fatal(err)
	}
}
