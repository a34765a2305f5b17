package storetest

import "github.com/ringsession/ringsession/core"

func saveNames(x *trial) {
	id := x.create(core.Delta{Login: "ada", Set: fields{"keep": "1", "change": "1", "drop": "1"}})
	before := x.load(id)
	x.save(id, core.Delta{Delete: []string{"drop", "never there"}, Set: fields{"change": "2", "new": "2"}}, nil)
	after := x.holds(id, fields{"keep": "1", "change": "2", "new": "2"})
	if after.User != "ada" {
		x.fail("the user is %q, want %q", after.User, "ada")
	}
	x.sameTimes(before, after)
}

func saveNothing(x *trial) {
	id := x.create(core.Delta{Set: fields{"a": "1"}})
	x.save(id, core.Delta{}, nil)
	x.holds(id, fields{"a": "1"})
}

func saveClears(x *trial) {
	id := x.create(core.Delta{Login: "ada", Set: fields{"a": "1", "b": "1"}})
	x.save(id, core.Delta{Clear: true}, nil)
	if r := x.holds(id, nil); r.User != "ada" {
		x.fail("the user is %q, want %q: a clear drops fields, not the login", r.User, "ada")
	}
	x.save(id, core.Delta{Set: fields{"c": "1"}}, nil)
	x.holds(id, fields{"c": "1"})
}

func saveOrders(x *trial) {
	id := x.create(core.Delta{Set: fields{"a": "1", "b": "1", "c": "1"}})
	x.save(id, core.Delta{Delete: []string{"a", "b"}, Set: fields{"a": "2"}}, nil)
	x.holds(id, fields{"a": "2", "c": "1"})
	x.save(id, core.Delta{Clear: true, Delete: []string{"a", "b"}, Set: fields{"a": "3", "d": "3"}}, nil)
	x.holds(id, fields{"a": "3", "d": "3"})
}

func saveTwo(x *trial) {
	id := x.create(core.Delta{Set: fields{"a": "0", "b": "0"}})
	x.save(id, core.Delta{Set: fields{"a": "1"}}, nil)
	x.save(id, core.Delta{Set: fields{"b": "2"}}, nil)
	x.holds(id, fields{"a": "1", "b": "2"})
}

func saveRepeats(x *trial) {
	id := x.create(core.Delta{Set: fields{"a": "1", "b": "1"}})
	for range 2 {
		x.save(id, core.Delta{Clear: true, Delete: []string{"a"}, Set: fields{"c": "2"}}, nil)
		x.holds(id, fields{"c": "2"})
	}
}

func saveMissing(x *trial) {
	never, destroyed, expired := x.newID(), x.create(core.Delta{}), x.create(core.Delta{})
	x.destroy(destroyed)
	x.advance(idle + margin)
	for _, id := range []core.ID{never, destroyed, expired} {
		x.save(id, core.Delta{Set: fields{"a": "1"}}, core.ErrGone)
		x.save(id, core.Delta{Clear: true, Set: fields{"a": "1"}}, core.ErrGone)
		x.absent(id)
	}
}
