package storetest

import (
	"errors"

	"github.com/ringsession/ringsession/core"
)

func renewMoves(x *trial) {
	id := x.create(core.Delta{Login: "ada", Set: fields{"a": "1", "b": "2"}})
	before := x.load(id)
	x.advance(idle / 2)
	next := x.moved(id, core.Delta{})
	after := x.holds(next, fields{"a": "1", "b": "2"})
	if after.User != "ada" {
		x.fail("the user is %q, want %q", after.User, "ada")
	}
	x.sameTimes(before, after)
	x.save(next, core.Delta{Set: fields{"c": "3"}}, nil)
	x.holds(next, fields{"a": "1", "b": "2", "c": "3"})
}

func renewMarks(x *trial) {
	id := x.create(core.Delta{Set: fields{"a": "1"}})
	next := x.moved(id, core.Delta{})
	other := x.next(id)
	ctx, late := background, withLife(core.Delta{Clear: true, Set: fields{"late": "1"}, Login: "eve"})
	_, loadErr := x.store.Load(ctx, id)
	for name, err := range map[string]error{
		"load":  loadErr,
		"save":  x.store.Save(ctx, id, late),
		"renew": x.store.Renew(ctx, id, other, late),
	} {
		x.expect(err, []outcome{renewed}, "%s %s", name, x.names[id])
		if !errors.Is(err, core.ErrGone) || !errors.Is(err, core.ErrNotFound) {
			x.fail("the error of %s is not an ErrGone and an ErrNotFound, as ErrRenewed is", name)
		}
	}
	x.absent(other)
	if r := x.holds(next, fields{"a": "1"}); r.User != "" {
		x.fail("a late renewal logged %q in", r.User)
	}
}

func renewGrace(x *trial) {
	id := x.create(core.Delta{Set: fields{"a": "1"}})
	next := x.moved(id, core.Delta{})
	x.advance(core.RenewGrace - margin)
	x.lost(id, renewed)
	x.save(id, core.Delta{}, core.ErrRenewed)
	x.advance(2 * margin)
	x.absent(id)
	x.renew(id, x.next(id), core.Delta{}, core.ErrGone)
	x.holds(next, fields{"a": "1"})
}

func renewMarkEnds(x *trial) {
	id := x.create(core.Delta{Set: fields{"a": "1"}})
	next := x.moved(id, core.Delta{})
	x.advance(core.RenewGrace - margin)
	x.refresh(id)
	x.save(id, core.Delta{Set: fields{"a": "2"}}, core.ErrRenewed)
	x.renew(id, next, core.Delta{}, nil)
	x.lost(id, renewed)
	x.near("the idle time left", x.holds(next, fields{"a": "1"}).Idle, idle-core.RenewGrace+margin)
	x.advance(2 * margin)
	x.lost(id, notFound)
}

func renewRepeats(x *trial) {
	id := x.create(core.Delta{Set: fields{"a": "1"}})
	next, d := x.next(id), core.Delta{Login: "ada", Delete: []string{"a"}, Set: fields{"b": "2"}}
	x.renew(id, next, d, nil)
	before := x.load(next)
	x.save(next, core.Delta{Set: fields{"a": "3", "b": "3"}}, nil)
	x.advance(core.RenewGrace / 2)
	x.renew(id, next, d, nil)
	after := x.holds(next, fields{"a": "3", "b": "3"})
	x.sameTimes(before, after)

	last := x.moved(next, core.Delta{Set: fields{"b": "4"}})
	x.renew(id, next, d, nil)
	x.lost(next, renewed)
	x.holds(last, fields{"a": "3", "b": "4"})
	x.destroy(last)
	x.renew(id, next, d, nil)
	for _, id := range []core.ID{id, next, last} {
		x.lost(id, renewed, notFound)
	}
}

func renewTaken(x *trial) {
	id := x.create(core.Delta{Login: "ada", Set: fields{"a": "1"}})
	next := x.next(id)
	x.createAs(next, "n", core.Delta{Login: "bob", Set: fields{"b": "2"}}, nil)
	x.renew(id, next, core.Delta{Login: "eve", Set: fields{"a": "3", "b": "3"}}, core.ErrExists)
	if r := x.holds(id, fields{"a": "1"}); r.User != "ada" {
		x.fail("the user is %q, want %q", r.User, "ada")
	}
	if r := x.holds(next, fields{"b": "2"}); r.User != "bob" {
		x.fail("the user is %q, want %q", r.User, "bob")
	}
	marked := x.create(core.Delta{})
	x.moved(marked, core.Delta{})
	again := x.next(marked)
	x.createAs(again, "n", core.Delta{Set: fields{"c": "1"}}, nil)
	x.renew(again, marked, core.Delta{}, core.ErrExists)
	x.lost(marked, renewed)
	x.holds(again, fields{"c": "1"})
}

func renewMissing(x *trial) {
	never, destroyed, expired := x.newID(), x.create(core.Delta{}), x.create(core.Delta{})
	x.destroy(destroyed)
	x.advance(idle + margin)
	for _, id := range []core.ID{never, destroyed, expired} {
		next := x.next(id)
		x.renew(id, next, core.Delta{Login: "ada", Set: fields{"a": "1"}}, core.ErrGone)
		x.absent(id)
		x.absent(next)
	}
}

func renewLogsIn(x *trial) {
	id := x.create(core.Delta{Login: "ada", Set: fields{"a": "1"}})
	before := x.load(id)
	x.advance(idle / 2)
	after := x.holds(x.moved(id, core.Delta{Login: "bob", Set: fields{"b": "2"}}), fields{"a": "1", "b": "2"})
	if after.User != "bob" {
		x.fail("the user is %q, want %q", after.User, "bob")
	}
	x.near("the time from creation to login", after.LoggedIn.Sub(after.Created), idle/2)
	x.near("the time from login to deadline", after.Deadline.Sub(after.LoggedIn), absolute)
	x.near("the time from the first login to the deadline before", before.Deadline.Sub(before.LoggedIn), absolute)
}

func renewApplies(x *trial) {
	id := x.create(core.Delta{Set: fields{"keep": "1", "drop": "1", "change": "1"}})
	next := x.moved(id, core.Delta{Delete: []string{"drop", "change"}, Set: fields{"change": "2", "new": "2"}})
	x.holds(next, fields{"keep": "1", "change": "2", "new": "2"})
	last := x.moved(next, core.Delta{Clear: true, Delete: []string{"new"}, Set: fields{"new": "3"}})
	x.holds(last, fields{"new": "3"})
}

func renewChains(x *trial) {
	ids := []core.ID{x.create(core.Delta{Set: fields{"a": "1"}})}
	for range 5 {
		ids = append(ids, x.moved(ids[len(ids)-1], core.Delta{}))
	}
	last := len(ids) - 1
	for _, id := range ids[:last] {
		x.lost(id, renewed)
		x.save(id, core.Delta{Set: fields{"a": "2"}}, core.ErrRenewed)
	}
	x.holds(ids[last], fields{"a": "1"})
}
