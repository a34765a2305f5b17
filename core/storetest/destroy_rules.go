package storetest

import (
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

func destroyEnds(x *trial) {
	id := x.create(loginSet("ada", fields{"a": "1"}))
	x.load(id) // what a store remembers of this must not answer for it later
	x.destroyWithin(id, 0, ok)
	x.dead(id, gone)
}

func destroyRemembers(x *trial) {
	id := x.create(loginSet("ada", fields{"a": "1"}))
	next := x.renewal(id, store.Delta{})
	x.destroy(next)
	for passed := time.Duration(0); passed < store.Memory; passed += store.Memory/2 - margin {
		for _, id := range []store.ID{id, next} {
			x.ago(x.lost(id, gone), passed)
			x.ago(x.save(id, set("late", "1"), gone), passed)
			x.ago(x.refresh(id, gone), passed)
			x.ago(x.renew(id, x.next(id), login("ada"), gone), passed)
		}
		x.destroy(next)
		x.ago(x.lost(next, gone), passed)
		x.advance(store.Memory/2 - margin)
	}
	x.advance(store.Memory)
	for _, id := range []store.ID{id, next} {
		x.dead(id, notFound)
	}
}

func destroyRepeats(x *trial) {
	destroyed, expired, never := x.create(store.Delta{}), x.create(store.Delta{}), x.newID()
	x.destroyWithin(destroyed, 0, ok)
	x.destroyWithin(destroyed, 0, ok)
	x.destroyWithin(x.next(destroyed), 0, ok)
	x.destroyWithin(never, 0, ok)
	x.absent(never, gone)
	x.advance(idle + margin)
	x.destroyWithin(destroyed, 0, ok)
	x.destroyWithin(expired, 0, ok)
	for _, id := range []store.ID{destroyed, expired} {
		x.absent(id, gone)
	}
	x.advance(store.Memory + margin)
	x.createAs(never, set("a", "1"), ok)
	x.holds(never, fields{"a": "1"})
}

func destroyWithin(x *trial) {
	for steps := range 4 {
		for from := range steps + 1 {
			x.destroyFrom(from, steps)
		}
	}
}

// destroyFrom renews a session some steps and destroys it under one of its IDs.
func (x *trial) destroyFrom(from, steps int) {
	ids := []store.ID{x.create(loginSet("ada", fields{"a": "1"}))}
	for i := range steps {
		x.advance(idle / 2)
		ids = append(ids, x.renewal(ids[i], store.Delta{}))
	}
	x.advance(idle / 2)
	x.destroyWithin(ids[from], idle/2+margin, ok)
	for _, id := range ids {
		x.absent(id, gone)
	}
	x.destroyWithin(ids[from], idle/2+margin, ok)
}

func destroyLate(x *trial) {
	id := x.create(loginSet("ada", fields{"a": "1"}))
	next := x.renewal(id, store.Delta{})
	x.advance(idle / 2)
	for _, within := range []time.Duration{0, time.Millisecond, margin, idle/2 - margin} {
		x.ago(x.destroyWithin(id, within, renewed), idle/2)
		x.user(x.holds(next, fields{"a": "1"}), "ada")
	}
	last := x.renewal(next, store.Delta{})
	x.advance(margin)
	x.ago(x.destroyWithin(id, 0, renewed), margin)
	x.ago(x.destroyWithin(next, 0, renewed), margin)
	x.holds(last, fields{"a": "1"})
	x.destroyWithin(last, 0, ok)
	x.absent(last, gone)
}

func destroyOther(x *trial) {
	id := x.create(loginSet("ada", fields{"a": "1"}))
	for _, within := range []time.Duration{0, ever} {
		x.destroyWithin(x.next(id), within, notFound)
		x.user(x.holds(id, fields{"a": "1"}), "ada")
	}
}

func destroySpares(x *trial) {
	id, other := x.create(set("a", "1")), x.create(set("b", "2"))
	renewed := x.renewal(x.create(set("c", "3")), store.Delta{})
	x.destroy(x.renewal(id, store.Delta{}))
	x.holds(other, fields{"b": "2"})
	x.holds(renewed, fields{"c": "3"})
}

// destroyOf destroys the session and checks whose it was.
func (x *trial) destroyOf(user string, id store.ID, within time.Duration) {
	got, err := x.store.Destroy(background, id, within)
	x.expect(err, []outcome{ok}, "destroy %s, within %v", x.names[id], within)
	if got != user {
		x.fail("destroy %s: it returned the user %.40q, want %.40q", x.names[id], got, user)
	}
}

func destroyUser(x *trial) {
	for _, user := range []string{"ada", "a\x00b\xff\r\n", strings.Repeat("u", 4096)} {
		id := x.create(login(user))
		x.destroyOf(user, id, 0)
		for range 2 {
			x.destroyOf("", id, 0)
			x.destroyOf("", x.next(id), ever)
			x.advance(margin)
		}
	}
	guest, expired := x.create(set("user", "eve")), x.create(login("ada"))
	x.destroyOf("", x.renewal(guest, store.Delta{}), 0)
	x.destroyOf("", x.newID(), 0)
	first := x.create(store.Delta{Login: full})
	second := x.renewal(first, login("bob"))
	x.save(second, store.Delta{Clear: true}, ok)
	last := x.renewal(second, store.Delta{})
	x.destroyOf("bob", first, margin)
	x.destroyOf("", last, 0)
	x.advance(idle + margin)
	x.destroyOf("", expired, ever)
}

// destroyMissed has destroys that end nothing and so have no user to return.
func destroyMissed(x *trial) {
	id := x.create(login("ada"))
	next := x.renewal(id, store.Delta{})
	x.advance(margin)
	for _, missed := range []store.ID{id, x.next(id)} {
		if user, err := x.store.Destroy(background, missed, 0); err != nil && user != "" {
			x.fail("destroy %s: it missed (%v) and returned the user %q", x.names[missed], err, user)
		}
	}
	x.destroyOf("ada", next, 0)
}
