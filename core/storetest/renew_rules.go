package storetest

import (
	"time"

	"github.com/ringsession/ringsession/core/store"
)

func renewKeeps(x *trial) {
	id := x.create(loginSet("ada", fields{"a": "1", "b": "2"}))
	before := x.load(id)
	x.advance(idle / 2)
	next := x.renewal(id, store.Delta{})
	after := x.holds(next, fields{"a": "1", "b": "2"})
	x.user(after, "ada")
	x.sameTimes(before, after, idle/2)
	x.save(next, set("c", "3"), ok)
	x.holds(next, fields{"a": "1", "b": "2", "c": "3"})
}

func renewReplaces(x *trial) {
	id := x.create(set("a", "1"))
	next := x.renewal(id, store.Delta{})
	x.dead(id, renewed)
	x.user(x.holds(next, fields{"a": "1"}), "")
}

// renewAgo looks long after a renewal, too: a store must not forget that there
// was one while the session lives.
func renewAgo(x *trial) {
	id := x.create(set("a", "1"))
	next := x.renewal(id, store.Delta{})
	x.ago(x.lost(id, renewed), 0)
	passed := time.Duration(0)
	for range 3 {
		x.advance(idle / 2)
		passed += idle / 2
		x.ago(x.lost(id, renewed), passed)
		x.ago(x.save(id, set("late", "1"), renewed), passed)
		x.ago(x.refresh(id, renewed), passed)
		x.ago(x.renew(id, x.next(id), store.Delta{}, renewed), passed)
		x.ago(x.destroyWithin(id, passed-margin, renewed), passed)
		x.refresh(next, ok)
	}
	last := x.renewal(next, store.Delta{})
	for _, id := range []store.ID{id, next} {
		x.ago(x.lost(id, renewed), 0)
	}
	x.holds(last, fields{"a": "1"})
	x.advance(idle + margin)
	for _, id := range []store.ID{id, next, last} {
		x.lost(id, notFound)
	}
}

func renewOldExtends(x *trial) {
	id := x.create(set("a", "1"))
	next := x.renewal(id, store.Delta{})
	x.advance(idle / 2)
	x.refresh(id, renewed)
	x.save(id, set("a", "2"), renewed)
	x.renew(id, x.next(id), store.Delta{}, renewed)
	x.destroyWithin(id, 0, renewed)
	x.near("the time left", x.holds(next, fields{"a": "1"}).Left, idle/2)
}

func renewRepeats(x *trial) {
	id := x.create(set("a", "1"))
	next := x.next(id)
	d := store.Delta{Login: store.Login{User: "ada"}, Delete: []string{"a"}, Set: fields{"b": "2"}}
	x.renew(id, next, d, ok)
	before := x.load(next)
	x.save(next, store.Delta{Set: fields{"a": "3", "b": "3"}}, ok)
	x.advance(idle / 2)
	x.renew(id, next, d, ok)
	after := x.holds(next, fields{"a": "3", "b": "3"})
	x.sameTimes(before, after, idle/2)
	x.near("the time left", after.Left, idle/2)
	x.ago(x.lost(id, renewed), idle/2)

	last := x.renewal(next, set("b", "4"))
	x.renew(id, next, d, renewed)
	x.lost(next, renewed)
	x.holds(last, fields{"a": "3", "b": "4"})
	x.destroy(last)
	x.renew(id, next, d, gone)
	x.renew(next, last, d, gone)
	for _, id := range []store.ID{id, next, last} {
		x.lost(id, gone)
	}
}

func renewMissing(x *trial) {
	never, destroyed, expired := x.newID(), x.create(store.Delta{}), x.create(store.Delta{})
	x.destroy(destroyed)
	x.advance(idle + margin)
	for _, id := range []store.ID{never, destroyed, expired} {
		next := x.next(id)
		x.renew(id, next, loginSet("ada", fields{"a": "1"}), notFound)
		x.absent(id, notFound)
		x.absent(next, notFound)
	}
}

func renewLogsIn(x *trial) {
	id := x.create(loginSet("ada", fields{"a": "1"}))
	x.advance(idle / 2)
	next := x.renewal(id, loginSet("bob", fields{"b": "2"}))
	after := x.holds(next, fields{"a": "1", "b": "2"})
	x.user(after, "bob")
	x.near("the time from creation to login", after.LoggedIn.Sub(after.Created), idle/2)
	x.near("the time from login to deadline", after.Deadline.Sub(after.LoggedIn), absolute)
}

func renewApplies(x *trial) {
	id := x.create(store.Delta{Set: fields{"keep": "1", "drop": "1", "change": "1"}})
	changed := fields{"change": "2", "new": "2"}
	next := x.renewal(id, store.Delta{Delete: []string{"drop", "change"}, Set: changed})
	x.holds(next, fields{"keep": "1", "change": "2", "new": "2"})
	last := x.renewal(next, store.Delta{Clear: true, Delete: []string{"new"}, Set: fields{"new": "3"}})
	x.holds(last, fields{"new": "3"})
}

func renewChains(x *trial) {
	ids := []store.ID{x.create(set("a", "1"))}
	for range 5 {
		ids = append(ids, x.renewal(ids[len(ids)-1], store.Delta{}))
	}
	last := len(ids) - 1
	for _, id := range ids[:last] {
		x.absent(id, renewed)
	}
	x.holds(ids[last], fields{"a": "1"})
}
