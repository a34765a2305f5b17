package storemodel

import (
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// told is a history by one client, one call after the other, unless a call
// overlaps.
func told(calls ...Call) []Call {
	for i := range calls {
		if calls[i].End == 0 {
			calls[i].Begin, calls[i].End = time.Duration(10*i+1), time.Duration(10*i+9)
		}
	}
	return calls
}

func did(op string, id int, o Outcome) Call {
	return Call{Step: Step{Op: op, ID: id}, Reply: Reply{Outcome: o}}
}

func saves(value string, o Outcome) Call { return nonced("", value, o) }

func nonced(nonce, value string, o Outcome) Call {
	c := did("save", 0, o)
	c.Nonce, c.Set[0] = nonce, value
	return c
}

func limited(value string, fields int, o Outcome) Call {
	c := did("save", 0, o)
	c.Set[1], c.Limits = value, store.Limits{Fields: fields}
	return c
}

func reads(id int, value string) Call {
	c := did("load", id, OK)
	c.Values[0] = value
	return c
}

func renews(from, to int, o Outcome) Call {
	c := did("renew", from, o)
	c.Next = to
	return c
}

func destroys(id int, within time.Duration, o Outcome) Call {
	c := did("destroy", id, o)
	c.Within = within
	return c
}

// of gives a create its login, and the reply of a load or a destroy its user.
func of(user string, c Call) Call {
	if c.Op == "create" {
		c.Login = user
	} else {
		c.User = user
	}
	return c
}

// adds is a save with a Once that adds to the first field, up to 9.
func adds(nonce string, n int64, again bool, o Outcome) Call {
	c := nonced(nonce, "", o)
	c.Once, c.Again, c.Add[0], c.Most = true, again, n, 9
	return c
}

func takes(o Outcome) Call {
	c := nonced("t", "", o)
	c.Once, c.Take[0] = true, true
	return c
}

// ago gives the error of a call its time.
func ago(d time.Duration, c Call) Call {
	c.Ago = d
	return c
}

// after makes a call late.
func after(d time.Duration, c Call) Call {
	c.Begin, c.End = d, d+time.Second
	return c
}

func TestModel(t *testing.T) {
	create := did("create", 0, OK)
	overlapping := func(c Call) Call { c.Begin, c.End = 1, 100; return c }
	for _, test := range []struct {
		name  string
		calls []Call
		right bool
	}{
		{"a save is read", told(create, saves("1", OK), reads(0, "1")), true},
		{"a save is lost", told(create, saves("1", OK), reads(0, "")), false},
		{"an unknown save is read", told(create, saves("1", Unknown), reads(0, "1")), true},
		{"it is not read", told(create, saves("1", Unknown), reads(0, "")), true},
		{"it is read later", told(create, saves("1", Unknown), reads(0, ""), reads(0, "1")), true},
		{"it is read and lost", told(create, saves("1", Unknown), reads(0, "1"), reads(0, "")), false},
		{"a refused save is read", told(create, saves("1", Refused), reads(0, "1")), false},
		{"a failed read", told(create, did("load", 0, Unknown), did("load", 0, Refused)), true},
		{"overlapping saves, in one order",
			told(create, overlapping(saves("1", OK)), saves("2", OK), reads(0, "1")), true},
		{"in the other", told(create, overlapping(saves("1", OK)), saves("2", OK), reads(0, "2")), true},

		{"what is added counts", told(create, adds("n", 2, false, OK), adds("m", 3, false, OK), reads(0, "5")), true},
		{"it is lost", told(create, adds("n", 2, false, OK), adds("m", 3, false, OK), reads(0, "3")), false},
		{"a repeated addition does nothing",
			told(create, adds("n", 2, false, OK), adds("n", 2, true, OK), reads(0, "2")), true},
		{"it counts again", told(create, adds("n", 2, false, OK), adds("n", 2, true, OK), reads(0, "4")), false},
		{"an unknown addition counts, once",
			told(create, adds("n", 2, false, Unknown), adds("n", 2, true, OK), reads(0, "2")), true},
		{"it counts twice",
			told(create, adds("n", 2, false, Unknown), adds("n", 2, true, OK), reads(0, "4")), false},
		{"a repetition is forgotten without need",
			told(create, adds("n", 2, false, OK), adds("n", 2, true, Forgotten)), false},
		{"an addition beyond its limit", told(create, saves("9", OK), adds("n", 1, false, NoCount), reads(0, "9")), true},
		{"it counts", told(create, saves("9", OK), adds("n", 1, false, OK)), false},
		{"an addition within its limit is refused", told(create, saves("8", OK), adds("n", 1, false, NoCount)), false},
		{"an addition to text", told(create, saves("x", OK), adds("n", 1, false, NoCount), reads(0, "x")), true},
		{"a field is taken", told(create, saves("1", OK), takes(OK), reads(0, "")), true},
		{"it is taken and stays", told(create, saves("1", OK), takes(OK), reads(0, "1")), false},
		{"what is not there is taken", told(create, takes(Taken)), true},
		{"it is taken all the same", told(create, takes(OK)), false},
		{"what is there is not", told(create, saves("1", OK), takes(Taken)), false},

		{"a repeated save does nothing",
			told(create, nonced("n", "1", OK), saves("2", OK), nonced("n", "1", OK), reads(0, "2")), true},
		{"it writes again",
			told(create, nonced("n", "1", OK), saves("2", OK), nonced("n", "1", OK), reads(0, "1")), false},
		{"an unknown save and its repetition",
			told(create, nonced("n", "1", Unknown), saves("2", OK), nonced("n", "1", OK),
				reads(0, "2")), true},
		{"the repetition was the first to arrive",
			told(create, nonced("n", "1", Unknown), saves("2", OK), nonced("n", "1", OK),
				reads(0, "1")), true},
		{"a repetition undoes what came after",
			told(create, nonced("n", "1", Unknown), reads(0, "1"), saves("2", OK),
				nonced("n", "1", OK), reads(0, "1")), false},
		{"a nonce that is too old may be forgotten",
			told(create, nonced("0", "1", OK), nonced("1", "2", OK),
				nonced("2", "2", OK), nonced("3", "2", OK), nonced("4", "2", OK),
				nonced("0", "1", OK), reads(0, "1")), true},
		{"or not", told(create, nonced("0", "1", OK), nonced("1", "2", OK),
			nonced("2", "2", OK), nonced("3", "2", OK), nonced("4", "2", OK),
			nonced("0", "1", OK), reads(0, "2")), true},
		{"a nonce that is not too old", told(create, nonced("0", "1", OK), nonced("1", "2", OK),
			nonced("2", "2", OK), nonced("3", "2", OK), nonced("0", "1", OK), reads(0, "1")), false},
		{"a save without nonce is not repeated",
			told(create, saves("1", OK), saves("2", OK), saves("1", OK), reads(0, "2")), false},

		{"a limit refuses", told(create, saves("1", OK), limited("1", 1, TooLarge)), true},
		{"a limit that refuses too early", told(create, limited("1", 1, TooLarge)), false},
		{"a limit that lets pass", told(create, saves("1", OK), limited("1", 1, OK)), false},
		{"over the limit, not larger",
			told(create, saves("1", OK), limited("1", 0, OK), limited("2", 1, OK)), true},

		{"a create is repeated", told(did("create", 0, Unknown), create, reads(0, "")), true},
		{"a create meets itself", told(did("create", 0, Unknown), did("create", 0, Exists)), false},
		{"a create meets another",
			told(create, did("create", 1, Exists), did("load", 1, NotFound)), true},
		{"a create overwrites", told(create, did("create", 1, OK)), false},

		{"a renewal", told(create, renews(0, 1, OK), did("load", 0, Renewed), reads(1, "")), true},
		{"a renewal without a trace", told(create, renews(0, 1, OK), did("load", 0, NotFound)), false},
		{"a renewal as long as it is", told(create, renews(0, 1, OK),
			after(time.Hour, ago(time.Hour, did("load", 0, Renewed)))), true},
		{"a renewal that was at another time", told(create, renews(0, 1, OK),
			after(time.Hour, ago(time.Minute, did("load", 0, Renewed)))), false},
		{"an unknown renewal that was not long ago", told(create, renews(0, 1, Unknown),
			after(time.Hour, ago(time.Minute, did("load", 0, Renewed)))), true},
		{"a repeated renewal", told(create, renews(0, 1, Unknown), renews(0, 1, OK), reads(1, "")), true},
		{"a repeated renewal that fails", told(create, renews(0, 1, OK), renews(0, 1, Renewed)), false},
		{"two renewals of one ID", told(create, renews(0, 1, OK), renews(0, 2, OK)), false},

		{"a read after a logout", told(create, did("destroy", 0, OK), reads(0, "")), false},
		{"a read after an unknown logout", told(create, did("destroy", 0, Unknown), reads(0, "")), true},
		{"a logout is remembered", told(create, did("destroy", 0, OK), did("load", 0, Gone)), true},
		{"a logout is forgotten at once",
			told(create, did("destroy", 0, OK), did("load", 0, NotFound)), false},
		{"a logout is forgotten later", told(create, did("destroy", 0, OK),
			after(2*store.Memory, did("load", 0, NotFound))), true},
		{"a logout a moment ago, much later", told(create, did("destroy", 0, OK),
			after(store.Memory, did("load", 0, Gone))), false},
		{"a late create after a logout", told(create, did("destroy", 0, OK), create), false},
		{"a late create is refused",
			told(did("create", 0, Unknown), did("destroy", 0, OK), did("create", 0, Exists)), true},
		{"a logout of nothing is remembered", told(did("destroy", 0, OK), did("create", 0, OK)), false},
		{"a session vanishes", told(create, did("load", 0, NotFound)), false},
		{"a logout has the user",
			told(of("ada", create), of("ada", destroys(0, 0, OK)), destroys(0, 0, OK)), true},
		{"a logout has no user", told(of("ada", create), destroys(0, 0, OK)), false},
		{"a logout of a guest has a user", told(create, of("ada", destroys(0, 0, OK))), false},
		{"a repeated logout has the user", told(of("ada", create), of("ada", destroys(0, 0, OK)),
			of("ada", destroys(0, 0, OK))), false},
		{"an unknown logout has no user",
			told(of("ada", create), destroys(0, 0, Unknown), did("load", 0, Gone)), true},
		{"a logout under the old ID has no user",
			told(of("ada", create), renews(0, 1, OK), destroys(0, time.Hour, OK)), false},
		{"a logout under the old ID",
			told(create, renews(0, 1, OK), destroys(0, time.Hour, OK), did("load", 1, Gone)), true},
		{"it misses",
			told(create, renews(0, 1, OK), destroys(0, time.Hour, Renewed), reads(1, "")), false},
		{"it comes too late", told(create, renews(0, 1, OK),
			after(time.Hour, ago(time.Hour, destroys(0, time.Minute, Renewed)))), true},
		{"it comes too late and ends the session", told(create, renews(0, 1, OK),
			after(time.Hour, destroys(0, time.Minute, OK))), false},
		{"a logout with an ID that never was", told(create, destroys(1, time.Hour, OK)), false},

		{"a server lost all", told(create, did("wipe", 0, OK), did("load", 0, NotFound)), true},
		{"a server lost all but one", told(create, did("wipe", 0, OK), reads(0, "")), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			problem := Check(test.calls, time.Minute)
			if (problem == "") != test.right {
				t.Errorf("right %v, want %v: %s", problem == "", test.right, problem)
			}
		})
	}
}

func TestExplainSplitsTheCalls(t *testing.T) {
	calls := told(did("create", 0, OK), saves("1", OK), reads(0, "1"), reads(0, "2"))
	explained, rest := Explain(calls, time.Minute)
	if len(explained) != 3 || len(rest) != 1 || rest[0].Values[0] != "2" {
		t.Errorf("explained %v, rest %v", explained, rest)
	}
}

func TestACallShowsAllOfIt(t *testing.T) {
	c := nonced("n1", "v", TooLarge)
	c.Client, c.Clear, c.Drop[2], c.Login, c.Limits = 3, true, true, "ada", store.Limits{Bytes: 1}
	c.Err = &store.TooLargeError{Size: 2, Limit: 1, Unit: "bytes"}
	for _, part := range []string{
		"client 3", "save id0", "nonce n1", "clear", "delete c", "set a=v", "log in ada", "Bytes:1",
		"TooLargeError", "2 bytes, the limit is 1",
	} {
		if !strings.Contains(c.String(), part) {
			t.Errorf("%q is not in %q", part, c)
		}
	}
}
