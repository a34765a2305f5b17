package main

import (
	"regexp"
	"testing"
	"time"
)

// Every subject does every workload, with every value checked.
func TestEverySubjectDoesItsWork(t *testing.T) {
	o := options{rounds: 1, slice: 10 * time.Second, limit: 3, sessions: 3, counted: 20, foreign: 1, only: regexp.MustCompile("/64/|COST")}
	if _, err := newLab(t).measure(o, t.Output()); err != nil {
		t.Fatal(err)
	}
}
