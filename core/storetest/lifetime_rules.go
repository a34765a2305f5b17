package storetest

import (
	"time"

	"github.com/ringsession/ringsession/core/store"
)

func idleEnds(x *trial) {
	id, untouched := x.create(set("a", "1")), x.create(store.Delta{})
	x.advance(idle - margin)
	x.near("the time left", x.holds(id, fields{"a": "1"}).Left, margin)
	x.advance(2 * margin)
	x.dead(id, notFound)
	x.refresh(untouched, notFound)
	x.absent(untouched, notFound)
}

func loadReadsOnly(x *trial) {
	id := x.create(store.Delta{})
	for range 4 {
		x.load(id)
		x.advance((idle - margin) / 4)
	}
	x.near("the time left", x.load(id).Left, margin)
	x.advance(2 * margin)
	x.absent(id, notFound)
}

func clockIsOne(x *trial) {
	id := x.create(login("ada"))
	for passed := time.Duration(0); passed < absolute; passed += idle / 2 {
		r := x.load(id)
		x.near("the time from creation to now", r.Now.Sub(r.Created), passed)
		x.near("the time from login to now", r.Now.Sub(r.LoggedIn), passed)
		x.near("the time from now to deadline", r.Deadline.Sub(r.Now), absolute-passed)
		x.refresh(id, ok)
		x.advance(idle / 2)
	}
}

// uses are the ways to use a session that extend its life. They return the ID
// that it has then.
var uses = []func(*trial, store.ID, store.Lifetimes) store.ID{
	func(x *trial, id store.ID, _ store.Lifetimes) store.ID { x.refresh(id, ok); return id },
	func(x *trial, id store.ID, l store.Lifetimes) store.ID {
		x.save(id, store.Delta{Lifetimes: l}, ok)
		return id
	},
	func(x *trial, id store.ID, l store.Lifetimes) store.ID {
		return x.renewal(id, store.Delta{Lifetimes: l})
	},
}

// eachUse creates a session for every way to use one.
func (x *trial) eachUse(l store.Lifetimes) []store.ID {
	ids := make([]store.ID, len(uses))
	for i := range ids {
		ids[i] = x.create(store.Delta{Login: full, Lifetimes: l, Set: fields{"a": "1"}})
	}
	return ids
}

func useExtends(x *trial) {
	ids := x.eachUse(life)
	for range 2 {
		x.advance(idle - margin)
		for i, use := range uses {
			ids[i] = use(x, ids[i], life)
			x.near("the time left", x.holds(ids[i], fields{"a": "1"}).Left, idle)
		}
	}
	x.advance(idle + margin)
	for _, id := range ids {
		x.absent(id, notFound)
	}
}

// useKeepsIdle passes to every use the lifetimes of another program.
func useKeepsIdle(x *trial) {
	for _, l := range []store.Lifetimes{
		{Idle: idle / 2, Absolute: absolute / 2}, {Idle: 2 * idle, Absolute: 2 * absolute},
	} {
		ids := x.eachUse(life)
		x.advance(margin)
		for i, use := range uses {
			before := x.load(ids[i])
			after := x.load(use(x, ids[i], l))
			x.sameTimes(before, after, 0)
			x.near("the time left", after.Left, idle)
		}
	}
}

func idleExact(x *trial) {
	for _, l := range []store.Lifetimes{
		{Idle: 1234567 * time.Millisecond, Absolute: 7654321 * time.Millisecond},
		{Idle: 90 * 24 * time.Hour, Absolute: 400 * 24 * time.Hour},
	} {
		created := x.create(store.Delta{Lifetimes: l})
		login := x.renewal(x.create(store.Delta{}), store.Delta{Login: full, Lifetimes: l})
		for _, id := range []store.ID{created, login} {
			r := x.load(id)
			if r.Idle != l.Idle {
				x.fail("the idle timeout is %v, want %v", r.Idle, l.Idle)
			}
			x.near("the time left", r.Left, l.Idle)
			x.near("the time from now to deadline", r.Deadline.Sub(r.Now), l.Absolute)
		}
	}
}

func refreshKeeps(x *trial) {
	id := x.create(loginSet("ada", fields{"a": "1"}))
	before := x.load(id)
	x.refresh(id, ok)
	after := x.holds(id, fields{"a": "1"})
	x.user(after, "ada")
	x.sameTimes(before, after, 0)
}

func refreshMissing(x *trial) {
	never, destroyed, expired := x.newID(), x.create(store.Delta{}), x.create(set("a", "1"))
	x.destroy(destroyed)
	x.refresh(destroyed, gone)
	x.absent(destroyed, gone)
	x.advance(idle + margin)
	for _, id := range []store.ID{never, destroyed, expired} {
		x.refresh(id, notFound)
		x.absent(id, notFound)
	}
}

func absoluteEnds(x *trial) {
	ids := x.eachUse(life)
	x.advance(margin) // so that no step ends at the deadline itself
	for passed := margin; passed < 3*absolute; passed += idle / 2 {
		for i, use := range uses {
			if passed < absolute {
				ids[i] = use(x, ids[i], life)
				x.load(ids[i])
			} else {
				x.dead(ids[i], notFound)
			}
		}
		x.advance(idle / 2)
	}
}

func absoluteCutsIdle(x *trial) {
	ids := x.eachUse(life)
	for rest := absolute - idle/2; rest >= idle/2; rest -= idle / 2 {
		x.advance(idle / 2)
		for i, use := range uses {
			ids[i] = use(x, ids[i], life)
			r := x.load(ids[i])
			x.near("the time left", r.Left, min(idle, rest))
			x.notPast(r)
		}
	}
	x.advance(idle/2 - margin)
	for _, id := range ids {
		x.load(id)
	}
	x.advance(2 * margin)
	for _, id := range ids {
		x.absent(id, notFound)
	}
}

// notPast checks the record's own numbers: core tells by them that a refresh is
// of no more use.
func (x *trial) notPast(r *store.Record) {
	if rest := r.Deadline.Sub(r.Now); r.Left > rest {
		x.fail("%v are left, and the deadline comes %v sooner", r.Left, r.Left-rest)
	}
}

func absoluteCutsFirst(x *trial) {
	longer := store.Lifetimes{Idle: 2 * absolute, Absolute: absolute}
	id := x.create(store.Delta{Lifetimes: longer})
	r := x.load(id)
	x.near("the time left", r.Left, absolute)
	x.notPast(r)
	x.advance(absolute + margin)
	x.absent(id, notFound)
}

func loginRestarts(x *trial) {
	id := x.create(login("ada"))
	x.keep(id, absolute-idle/2)
	id = x.renewal(id, login("ada"))
	x.keep(id, absolute-idle/2)
	r := x.load(id)
	x.near("the time from creation to login", r.LoggedIn.Sub(r.Created), absolute-idle/2)
	x.near("the time from login to deadline", r.Deadline.Sub(r.LoggedIn), absolute)
	x.advance(idle/2 + margin)
	x.absent(id, notFound)
}

func loginTakes(x *trial) {
	for _, l := range []store.Lifetimes{
		{Idle: 2 * idle, Absolute: 3 * absolute}, {Idle: idle / 2, Absolute: idle},
	} {
		id := x.create(login("ada"))
		x.advance(margin)
		id = x.renewal(id, store.Delta{Login: store.Login{User: "bob"}, Lifetimes: l})
		for range 2 {
			r := x.load(id)
			if r.Idle != l.Idle {
				x.fail("the idle timeout is %v, want %v", r.Idle, l.Idle)
			}
			x.near("the time left", r.Left, l.Idle)
			x.near("the time from login to deadline", r.Deadline.Sub(r.LoggedIn), l.Absolute)
			x.advance(margin)
			x.refresh(id, ok)
		}
		x.advance(l.Idle + margin)
		x.absent(id, notFound)
	}
}

// keep makes time pass while the session is in use.
func (x *trial) keep(id store.ID, d time.Duration) {
	for ; d > 0; d -= idle / 2 {
		x.advance(min(d, idle/2))
		x.refresh(id, ok)
	}
}
