package faults

import (
	"testing"
	"time"
)

// told is a history by one client, one call after the other, unless a call
// overlaps.
func told(calls ...call) []call {
	for i := range calls {
		if calls[i].End == 0 {
			calls[i].Begin, calls[i].End = time.Duration(10*i+1), time.Duration(10*i+9)
		}
	}
	return calls
}

func did(op string, id int, o outcome) call {
	return call{Step: step{Op: op, ID: id}, Reply: reply{Outcome: o}}
}

func saves(value string, o outcome) call {
	c := did("save", 0, o)
	c.Set[0] = "f0." + value
	return c
}

func reads(id int, value string) call {
	c := did("load", id, ok)
	if value != "" {
		c.Values[0] = "f0." + value
	}
	return c
}

// The rules that need no model, on top of it.
func TestWhatTheRulesSay(t *testing.T) {
	create, foreign := did("create", 0, ok), reads(0, "")
	foreign.Values[1] = "f12.0.1"
	for _, test := range []struct {
		name  string
		calls []call
		right bool
	}{
		{"a save is read", told(create, saves("1", ok), reads(0, "1")), true},
		{"a save is lost", told(create, saves("1", ok), reads(0, "")), false},
		{"another session's data", told(create, foreign), false},
		{"a read after a logout", told(create, did("destroy", 0, ok), reads(0, "")), false},
		{"a server lost all", told(create, did("wipe", 0, ok), did("load", 0, notFound)), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t, 1, short)
			problem, _ := l.checkFamily(&family{calls: test.calls})
			if (problem == "") != test.right {
				t.Errorf("right %v, want %v: %s", problem == "", test.right, problem)
			}
		})
	}
}

// What a replica may lose is excused shortly before a failover, and what was waited for is not.
func TestWhatAFailoverExcuses(t *testing.T) {
	create := did("create", 0, ok)
	begun := call{Step: step{Op: "create"}, Reply: reply{Outcome: ok}, Begin: 1, End: 2}
	after := func(c call) call { c.Begin, c.End = time.Minute, time.Minute+1; return c }
	before := func(c call) call { c.Begin, c.End = 29*time.Second, 29*time.Second+1; return c }
	for _, test := range []struct {
		name  string
		calls []call
		waits bool
		right bool
	}{
		{"a late save", []call{begun, before(saves("1", ok)), after(reads(0, ""))}, false, true},
		{"a save that was not lost", []call{begun, before(saves("1", ok)), after(reads(0, "1"))}, false, true},
		{"a save long before", append(told(create, saves("1", ok)), after(reads(0, ""))), false, false},
		{"a late logout", []call{begun, before(did("destroy", 0, ok)), after(reads(0, ""))}, false, true},
		{"a late logout that waited", []call{begun, before(did("destroy", 0, ok)), after(reads(0, ""))}, true, false},
		{"a late logout that was forgotten", []call{
			begun, before(did("destroy", 0, ok)), after(did("load", 0, notFound)),
		}, false, false},
		{"a value from nowhere", []call{begun, before(saves("1", ok)), after(reads(0, "2"))}, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t, 1, short)
			l.waits = test.waits
			l.losses = []span{{begin: 30 * time.Second, end: 31 * time.Second}}
			if problem, _ := l.checkFamily(&family{calls: test.calls}); (problem == "") != test.right {
				t.Errorf("right %v, want %v: %s", problem == "", test.right, problem)
			}
		})
	}
}

func TestNewVisitorsAreCountedFromASecondAfterAFault(t *testing.T) {
	for _, test := range []struct {
		name           string
		visit          visit
		fresh, refused int
	}{
		{"before a fault", visit{fresh: true, status: 503, begin: 2 * time.Second}, 0, 0},
		{"in its first second", visit{fresh: true, status: 503, begin: 3900 * time.Millisecond}, 0, 0},
		{"after it", visit{fresh: true, status: 503, begin: 4 * time.Second}, 1, 1},
		{"one that was served", visit{fresh: true, status: 200, begin: 5 * time.Second}, 1, 0},
		{"one with a session", visit{status: 503, begin: 5 * time.Second}, 0, 0},
		{"in the first second of the next fault", visit{fresh: true, status: 503, begin: 6500 * time.Millisecond}, 0, 0},
		{"after the first second of the last", visit{fresh: true, status: 503, begin: 9 * time.Second}, 1, 1},
		{"while the machine stood still", visit{fresh: true, status: 503, begin: 20 * time.Second}, 0, 0},
	} {
		l := newLab(t, 1, short)
		l.shards = make([]*shard, 2)
		l.faults = []span{{begin: 3 * time.Second}, {begin: 6 * time.Second}}
		l.stalls = []span{{begin: 20 * time.Second, end: 21 * time.Second}}
		test.visit.end = test.visit.begin
		l.visits = []visit{test.visit}
		l.checkNewVisitors()
		if l.fresh != test.fresh || l.refused != test.refused || len(l.problems) != test.refused {
			t.Errorf("%s: %d new, %d refused, problems %q", test.name, l.fresh, l.refused, l.problems)
		}
	}
}
