package storetest

import (
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// locking are lifetimes whose idle time locks.
var locking = store.Lifetimes{Idle: idle, Absolute: absolute, Locks: true}

// locks checks whether the record's idle time locks, and what is left of it.
func (x *trial) locks(r *store.Record, want bool, left time.Duration) {
	if r.Locks != want {
		x.fail("that the idle time locks is %v, want %v", r.Locks, want)
	}
	x.near("the time left", r.Left, left)
	x.notPast(r)
}

// lockOwn changes whether a session locks by a login, and by nothing else.
func lockOwn(x *trial) {
	id := x.create(store.Delta{Lifetimes: locking})
	for range 2 {
		for _, l := range []store.Lifetimes{life, locking} {
			before := x.load(id)
			for _, use := range uses {
				id = use(x, id, l)
				x.locks(x.load(id), before.Locks, before.Left)
			}
		}
		id = x.renewal(id, store.Delta{Login: full, Lifetimes: life})
		x.locks(x.load(id), false, idle)
		id = x.renewal(id, store.Delta{Login: full, Lifetimes: locking})
		x.locks(x.load(id), true, absolute)
	}
	id = x.renewal(id, store.Delta{Login: full, Lifetimes: life})
	x.advance(idle + margin)
	x.absent(id, notFound)
}

// lockUse uses sessions that would lock before their idle time has passed.
func lockUse(x *trial) {
	ids := x.eachUse(locking)
	for passed := idle - margin; passed < absolute; passed += idle - margin {
		x.advance(idle - margin)
		for i, use := range uses {
			x.used(x.load(ids[i]), idle-margin)
			ids[i] = use(x, ids[i], life)
			r := x.holds(ids[i], fields{"a": "1"})
			x.locks(r, true, absolute-passed)
			x.used(r, 0)
		}
	}
}

func lockLocked(x *trial) {
	ids := x.eachUse(locking)
	before := x.load(ids[0])
	x.advance(idle + margin)
	for passed := idle + margin; passed < absolute; passed += idle {
		for i, use := range uses {
			ids[i] = use(x, ids[i], locking)
			x.save(ids[i], set("b", "2"), ok)
			r := x.holds(ids[i], fields{"a": "1", "b": "2"})
			x.logged(r, full)
			x.locks(r, true, absolute-passed)
			x.used(r, passed)
			x.sameTimes(before, r, passed)
		}
		x.advance(idle)
	}
}

// lockUnlock unlocks by a renewal, which starts the idle time and not the
// deadline.
func lockUnlock(x *trial) {
	id := x.create(store.Delta{Login: full, Lifetimes: locking})
	x.advance(idle + margin)
	id = x.renewal(id, store.Delta{Unlock: true, Set: fields{"a": "1"}})
	r := x.holds(id, fields{"a": "1"})
	x.locks(r, true, absolute-idle-margin)
	x.used(r, 0)
	x.advance(idle - margin)
	x.refresh(id, ok)
	x.used(x.load(id), 0)
	x.advance(idle + margin)
	x.refresh(id, ok)
	x.used(x.load(id), idle+margin)
	for _, d := range []store.Delta{{}, {Lifetimes: locking}} {
		d.Unlock = true
		other := x.create(d)
		x.advance(margin)
		r = x.load(x.renewal(other, d))
		x.used(r, 0)
		x.near("the time from creation to deadline", r.Deadline.Sub(r.Created), absolute)
	}
}

// lockRepeat repeats the renewal that unlocked.
func lockRepeat(x *trial) {
	id := x.create(store.Delta{Lifetimes: locking})
	x.advance(idle + margin)
	next := x.next(id)
	x.renew(id, next, store.Delta{Unlock: true}, ok)
	x.advance(idle + margin)
	x.renew(id, next, store.Delta{Unlock: true}, ok)
	x.used(x.load(next), idle+margin)
	over := fieldsLimit(1, store.Delta{Unlock: true, Set: fields{"a": "1", "b": "1"}})
	x.renew(next, x.next(id), over, tooLarge)
	x.used(x.load(next), idle+margin)
}

func lockLogin(x *trial) {
	id := x.create(store.Delta{Login: full, Lifetimes: locking})
	x.advance(idle + margin)
	id = x.renewal(id, store.Delta{Login: full, Lifetimes: locking})
	r := x.load(id)
	x.locks(r, true, absolute)
	x.used(r, 0)
	x.advance(idle - margin)
	x.refresh(id, ok)
	x.used(x.load(id), 0)
}

// lockEnds has sessions that lock: locked, in use and unlocked.
func lockEnds(x *trial) {
	ids := append(x.eachUse(locking), x.create(store.Delta{Lifetimes: locking}))
	locked := len(ids) - 1
	x.advance(margin)
	for passed := margin; passed < absolute; passed += idle + margin {
		for i, use := range uses {
			ids[i] = use(x, ids[i], locking)
		}
		ids[0] = x.renewal(ids[0], store.Delta{Unlock: true})
		x.advance(min(idle+margin, absolute-margin-passed))
	}
	x.locks(x.load(ids[locked]), true, margin)
	x.advance(2 * margin)
	for _, id := range ids {
		x.dead(id, notFound)
	}
	x.createAs(ids[locked], set("b", "2"), ok)
	x.locks(x.holds(ids[locked], fields{"b": "2"}), false, idle)
}

func lockDestroyed(x *trial) {
	id := x.create(store.Delta{Login: full, Lifetimes: locking})
	next := x.renewal(id, store.Delta{})
	x.advance(idle + margin)
	x.destroyWithin(id, idle, renewed)
	x.destroyOf("ada", id, idle+2*margin)
	for _, id := range []store.ID{id, next} {
		x.dead(id, gone)
	}
}
