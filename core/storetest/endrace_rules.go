package storetest

import (
	"slices"

	"github.com/ringsession/ringsession/core/store"
)

// endAgainstUses ends all sessions of a user at the moment in which they are
// used, all in different ways.
func endAgainstUses(x *trial) {
	x.race(x.rounds, func(x *trial) {
		user := stranger("ada")
		ids := x.logins(user, 5)
		second, third, other := x.next(ids[2]), x.next(ids[2]), x.next(ids[3])
		n := x.endAtOnce(user,
			func() error { return x.saveAt(ids[0], set("late", "1")) },
			func() error { return x.store.Refresh(background, ids[1]) },
			func() error {
				if err := x.renewAt(ids[2], second, store.Delta{}); err != nil {
					return err
				}
				return x.renewAt(second, third, set("late", "1"))
			},
			func() error { return x.renewAt(ids[3], other, store.Delta{Clear: true}) },
			func() error { return x.store.Create(background, ids[4], withLife(login(user))) },
		)
		for _, id := range append(ids, second, third, other) {
			x.absent(id, gone)
		}
		x.lists(ofUser(user))
		if n != len(ids) {
			x.fail("end counted %d, want %d", n, len(ids))
		}
	})
}

// endAtOnce ends the user's sessions at the moment of the other calls. They may
// meet the end.
func (x *trial) endAtOnce(user string, calls ...func() error) (n int) {
	end := func() (err error) {
		n, err = x.index().End(background, ofUser(user), store.Ending{})
		return err
	}
	errs := together(slices.Insert(calls, len(calls)/2, end)...)
	for i, err := range errs {
		want := []outcome{ok, gone, exists}
		if i == len(calls)/2 {
			want = []outcome{ok}
		}
		x.expect(err, want, "call %d of those at the same moment; %d ended what %q has: %d",
			i, len(calls)/2, user, n)
	}
	return n
}

// endAgainstLogins logs a user in at the moment in which all sessions of that
// user end: with a new session, with a guest's, with another user's and again.
func endAgainstLogins(x *trial) {
	x.race(x.rounds, func(x *trial) {
		user, bob := stranger("ada"), stranger("bob")
		created, guest, other := x.newID(), x.create(store.Delta{}), x.create(login(bob))
		again := x.logins(user, 1)[0]
		ids := []store.ID{created, x.next(guest), x.next(other), x.next(again)}
		var lost error
		n := x.endAtOnce(user,
			func() error { return x.store.Create(background, created, withLife(login(user))) },
			func() error { return x.renewAt(guest, ids[1], login(user)) },
			func() error { return x.renewAt(other, ids[2], login(user)) },
			func() error { lost = x.renewAt(again, ids[3], login(user)); return nil },
		)
		x.expect(lost, []outcome{ok, gone}, "the login of %s to %s", x.names[again], x.names[ids[3]])
		var alive []store.ID
		for _, id := range ids {
			v := x.look(id)
			x.note("load %s: %v", x.names[id], v)
			if v.outcome == ok {
				alive = append(alive, id)
			} else if v.outcome != gone {
				x.fail("load %s: %v, want the session or that it has ended", x.names[id], v)
			}
		}
		x.lists(ofUser(user), alive...)
		x.lists(ofUser(bob))
		if n != len(ids)-len(alive) {
			x.fail("end counted %d, and %d sessions ended", n, len(ids)-len(alive))
		}
		x.end(ofUser(user), store.Ending{}, len(alive))
	})
}

// endAgainstOther logs another user in to a session of the user whose sessions
// end.
func endAgainstOther(x *trial) {
	x.race(x.rounds, func(x *trial) {
		ada, bob := stranger("ada"), stranger("bob")
		id := x.create(login(bob))
		next := x.next(id)
		var lost error
		n := x.endAtOnce(bob, func() error { lost = x.renewAt(id, next, login(ada)); return nil })
		x.expect(lost, []outcome{ok, gone}, "the login of %q: renew %s to %s",
			ada, x.names[id], x.names[next])
		if lost != nil {
			x.absent(next, gone)
			x.lists(ofUser(ada))
		} else {
			x.user(x.load(next), ada)
			x.lists(ofUser(ada), next)
		}
		x.lists(ofUser(bob))
		if (n == 1) != (lost != nil) {
			x.fail("end counted %d, and the login of another user: %s", n, describe(lost))
		}
	})
}

// endsAtOnce ends sessions by several calls, each of which may end any of them.
func endsAtOnce(x *trial) {
	x.race(x.rounds, func(x *trial) {
		user := stranger("ada")
		ids := x.logins(user, 6)
		counts := make([]int, 5)
		errs := together(several(len(counts), func(i int) (err error) {
			switch i {
			case 0, 1:
				counts[i], err = x.index().End(background, ofUser(user), store.Ending{})
			case 2:
				one := store.Ending{Only: ids[1].Place}
				counts[i], err = x.index().End(background, ofUser(user), one)
			default:
				var of string
				if of, err = x.store.Destroy(background, ids[i], ever); of == user {
					counts[i] = 1
				}
			}
			return err
		})...)
		sum := 0
		for i, err := range errs {
			sum += counts[i]
			x.expect(err, []outcome{ok}, "two ends of all, one of %s, two destroys at the same moment: %d",
				x.names[ids[1]], counts[i])
		}
		if sum != len(ids) {
			x.fail("together they counted %d ends, want %d", sum, len(ids))
		}
	})
}

// listsAgainstUses reads lists while the sessions are in use.
func listsAgainstUses(x *trial) {
	x.race(x.rounds, func(x *trial) {
		user := stranger("ada")
		ids := x.logins(user, 4)
		nexts := []store.ID{x.next(ids[0]), x.next(ids[1])}
		lists := make([][]store.Listed, 3)
		readers := several(len(lists), func(i int) error {
			page, err := x.index().List(background, ofUser(user), store.Query{})
			lists[i] = page.Sessions
			return err
		})
		errs := together(append(readers,
			func() error { return x.renewAt(ids[0], nexts[0], store.Delta{}) },
			func() error { return x.renewAt(ids[1], nexts[1], login(user)) },
			func() error { return x.saveAt(ids[2], set("b", "2")) },
			func() error { return x.store.Refresh(background, ids[3]) },
		)...)
		for _, err := range errs {
			x.expect(err, []outcome{ok}, "three lists, two renewals, a save, a refresh at the same moment")
		}
		for _, all := range lists {
			x.has(all, ids, ids)
		}
	})
}

// listsAgainstLogins has readers who look for a session until it is there, and
// then for its entry.
func listsAgainstLogins(x *trial) {
	x.race(x.rounds, func(x *trial) {
		user := stranger("ada")
		created, guest := x.newID(), x.create(store.Delta{})
		ids := []store.ID{created, x.next(guest)}
		found := make([]bool, len(ids))
		lists := make([][]store.Listed, len(ids))
		readers := several(len(ids), func(i int) error {
			for range 50 {
				if found[i] = x.look(ids[i]).outcome == ok; found[i] {
					break
				}
			}
			page, err := x.index().List(background, ofUser(user), store.Query{})
			lists[i] = page.Sessions
			return err
		})
		errs := together(append(readers,
			func() error { return x.store.Create(background, created, withLife(login(user))) },
			func() error { return x.renewAt(guest, ids[1], login(user)) },
		)...)
		for _, err := range errs {
			x.expect(err, []outcome{ok}, "two readers, a create, a login at the same moment")
		}
		for i, id := range ids {
			x.note("a reader found %s: %v", x.names[id], found[i])
			if found[i] {
				x.has(lists[i], []store.ID{id}, ids)
			}
		}
	})
}
