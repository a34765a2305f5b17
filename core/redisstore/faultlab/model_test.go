package faultlab

import (
	"testing"
	"time"
)

// told is a history by one client, one call after the other, unless a call overlaps.
func told(calls ...call) []call {
	for i := range calls {
		if calls[i].end == 0 {
			calls[i].begin, calls[i].end = time.Duration(10*i+1), time.Duration(10*i+9)
		}
	}
	return calls
}

func did(op string, id int, o outcome) call {
	return call{step: step{op: op, id: id}, reply: reply{outcome: o}}
}

func saves(value string, o outcome) call {
	c := did("save", 0, o)
	c.set[0] = "f0." + value
	return c
}

func reads(id int, value string) call {
	c := did("load", id, ok)
	if value != "" {
		c.values[0] = "f0." + value
	}
	return c
}

func moves(o outcome) call {
	c := did("renew", 0, o)
	c.next = 1
	return c
}

func late(c call) call {
	c.begin, c.end = 25*time.Second, 26*time.Second
	return c
}

func TestTheModel(t *testing.T) {
	create, foreign := did("create", 0, ok), reads(0, "")
	foreign.values[1] = "f12.0.1"
	for _, test := range []struct {
		name  string
		calls []call
		right bool
	}{
		{"a save is read", told(create, saves("1", ok), reads(0, "1")), true},
		{"a save is lost", told(create, saves("1", ok), reads(0, "")), false},
		{"a save of which nobody knows is read", told(create, saves("1", unknown), reads(0, "1")), true},
		{"it is not read", told(create, saves("1", unknown), reads(0, "")), true},
		{"it is read later", told(create, saves("1", unknown), reads(0, ""), reads(0, "1")), true},
		{"it is read and lost", told(create, saves("1", unknown), reads(0, "1"), reads(0, "")), false},
		{"a refused save is read", told(create, saves("1", refused), reads(0, "1")), false},
		{"a read after a logout", told(create, did("destroy", 0, ok), reads(0, "")), false},
		{"a read after a logout of which nobody knows", told(create, did("destroy", 0, unknown), reads(0, "")), true},
		{"nothing is left of a logout's session", told(create, did("destroy", 0, ok), did("load", 0, notFound)), true},
		{"a session vanishes", told(create, did("load", 0, notFound)), false},
		{"a server lost all", told(create, did("wipe", 0, ok), did("load", 0, notFound)), true},
		{"a server lost all but one", told(create, did("wipe", 0, ok), reads(0, "")), false},
		{"a create is repeated", told(did("create", 0, unknown), create, reads(0, "")), true},
		{"a create meets itself", told(did("create", 0, unknown), did("create", 0, exists)), false},
		{"a renewal leaves a mark", told(create, moves(ok), did("load", 0, renewed), reads(1, "")), true},
		{"a renewal leaves none", told(create, moves(ok), did("load", 0, notFound)), false},
		{"the mark is over", told(create, moves(ok), late(did("load", 0, notFound))), true},
		{"a logout under the old id", told(create, moves(ok), did("destroy", 0, ok), did("load", 1, notFound)), true},
		{"it misses the session", told(create, moves(ok), did("destroy", 0, ok), reads(1, "")), false},
		{"another session's data", told(create, foreign), false},
		{"a failed read tells nothing", told(create, did("load", 0, unknown), did("load", 0, refused)), true},
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
	begun := call{step: step{op: "create"}, reply: reply{outcome: ok}, begin: 1, end: 2}
	after := func(c call) call { c.begin, c.end = time.Minute, time.Minute+1; return c }
	before := func(c call) call { c.begin, c.end = 29*time.Second, 29*time.Second+1; return c }
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
