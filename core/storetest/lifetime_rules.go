package storetest

import (
	"time"

	"github.com/ringsession/ringsession/core"
)

func idleEnds(x *trial) {
	id, touched := x.create(core.Delta{Set: fields{"a": "1"}}), x.create(core.Delta{})
	x.advance(idle - margin)
	x.near("the idle time left", x.holds(id, fields{"a": "1"}).Idle, margin)
	x.advance(2 * margin)
	x.lost(id, notFound)
	x.renew(id, x.next(id), core.Delta{}, core.ErrGone)
	x.absent(id)
	x.refresh(touched)
	x.absent(touched)
}

func loadReadsOnly(x *trial) {
	id := x.create(core.Delta{})
	for range 4 {
		x.load(id)
		x.advance((idle - margin) / 4)
	}
	x.near("the idle time left", x.load(id).Idle, margin)
	x.advance(2 * margin)
	x.absent(id)
}

// uses are the ways to use a session that extend its life. They return the id that it has then.
var uses = []func(*trial, core.ID) core.ID{
	func(x *trial, id core.ID) core.ID { x.refresh(id); return id },
	func(x *trial, id core.ID) core.ID { x.save(id, core.Delta{}, nil); return id },
	func(x *trial, id core.ID) core.ID { return x.moved(id, core.Delta{}) },
}

// eachUse creates a session for every way to use one.
func (x *trial) eachUse() []core.ID {
	ids := make([]core.ID, len(uses))
	for i := range ids {
		ids[i] = x.create(core.Delta{Login: "ada", Set: fields{"a": "1"}})
	}
	return ids
}

func useExtends(x *trial) {
	ids := x.eachUse()
	for range 2 {
		x.advance(idle - margin)
		for i, use := range uses {
			ids[i] = use(x, ids[i])
			x.near("the idle time left", x.holds(ids[i], fields{"a": "1"}).Idle, idle)
		}
	}
	x.advance(idle + margin)
	for _, id := range ids {
		x.absent(id)
	}
}

func useTakesIdle(x *trial) {
	longer := core.Lifetimes{Idle: 2 * idle, Absolute: absolute}
	saved, refreshed := x.create(core.Delta{}), x.create(core.Delta{})
	x.save(saved, core.Delta{Lifetimes: longer}, nil)
	err := x.store.Refresh(background, refreshed, longer)
	x.expect(err, []outcome{ok}, "refresh %s, idle timeout %v", x.names[refreshed], longer.Idle)
	renewed := x.moved(x.create(core.Delta{}), core.Delta{Lifetimes: longer})
	for _, id := range []core.ID{saved, refreshed, renewed} {
		x.near("the idle time left", x.load(id).Idle, longer.Idle)
	}
}

func refreshMissing(x *trial) {
	never, destroyed, expired := x.newID(), x.create(core.Delta{}), x.create(core.Delta{Set: fields{"a": "1"}})
	x.destroy(destroyed)
	x.advance(idle + margin)
	for _, id := range []core.ID{never, destroyed, expired} {
		x.refresh(id)
		x.absent(id)
	}
}

func absoluteEnds(x *trial) {
	ids := x.eachUse()
	x.advance(margin) // so that no step ends at the deadline itself
	for passed := margin; passed < 10*absolute; passed += idle / 2 {
		for i, use := range uses {
			if passed < absolute {
				ids[i] = use(x, ids[i])
				x.load(ids[i])
				continue
			}
			x.lost(ids[i], notFound)
			x.refresh(ids[i])
			x.save(ids[i], core.Delta{}, core.ErrGone)
			x.renew(ids[i], x.next(ids[i]), core.Delta{}, core.ErrGone)
		}
		x.advance(idle / 2)
	}
}

func absoluteCutsIdle(x *trial) {
	ids := x.eachUse()
	for rest := absolute - idle/2; rest >= idle/2; rest -= idle / 2 {
		x.advance(idle / 2)
		for i, use := range uses {
			ids[i] = use(x, ids[i])
			r := x.load(ids[i])
			x.near("the idle time left", r.Idle, min(idle, rest))
			// At rest == idle the ticks of a clock decide.
			if rest != idle && r.Final != (rest < idle) {
				x.fail("Final is %v, %v before the deadline, with an idle timeout of %v", r.Final, rest, idle)
			}
		}
	}
	x.advance(idle/2 - margin)
	for _, id := range ids {
		x.load(id)
	}
	x.advance(2 * margin)
	for _, id := range ids {
		x.absent(id)
	}
}

func absoluteCutsFirst(x *trial) {
	id := x.create(core.Delta{Lifetimes: core.Lifetimes{Idle: 2 * absolute, Absolute: absolute}})
	r := x.load(id)
	x.near("the idle time left", r.Idle, absolute)
	if !r.Final {
		x.fail("Final is false, with an idle timeout longer than the absolute one")
	}
	x.advance(absolute + margin)
	x.absent(id)
}

func absoluteStays(x *trial) {
	longer := core.Lifetimes{Idle: idle, Absolute: 10 * absolute}
	id := x.create(core.Delta{Login: "ada"})
	err := x.store.Refresh(background, id, longer)
	x.expect(err, []outcome{ok}, "refresh %s, absolute timeout %v", x.names[id], longer.Absolute)
	x.save(id, core.Delta{Lifetimes: longer}, nil)
	id = x.moved(id, core.Delta{Lifetimes: longer})
	r := x.load(id)
	x.near("the time from creation to deadline", r.Deadline.Sub(r.Created), absolute)
}

func loginRestarts(x *trial) {
	id := x.create(core.Delta{Login: "ada"})
	x.keep(id, absolute-idle/2)
	id = x.moved(id, core.Delta{Login: "ada"})
	x.keep(id, absolute-idle/2)
	r := x.load(id)
	x.near("the time from creation to login", r.LoggedIn.Sub(r.Created), absolute-idle/2)
	x.near("the time from login to deadline", r.Deadline.Sub(r.LoggedIn), absolute)
	x.advance(idle/2 + margin)
	x.absent(id)
}

// keep makes time pass while the session is in use.
func (x *trial) keep(id core.ID, d time.Duration) {
	for ; d > 0; d -= idle / 2 {
		x.advance(min(d, idle/2))
		x.refresh(id)
	}
}
