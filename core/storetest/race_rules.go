package storetest

import (
	"fmt"
	"slices"

	"github.com/ringsession/ringsession/core/store"
)

// saveAt and renewAt are calls for goroutines of their own, without a verdict.
func (x *trial) saveAt(id store.ID, d store.Delta) error {
	return x.store.Save(background, id, withLife(d))
}

func (x *trial) renewAt(id, next store.ID, d store.Delta) error {
	return x.store.Renew(background, id, next.Fingerprint, withLife(d))
}

func writersOfKeys(x *trial) {
	const writers = 32
	x.race(x.rounds/20+1, func(x *trial) {
		id, want := x.create(set("a", "1")), fields{"a": "1"}
		errs := together(several(writers, func(i int) error {
			return x.saveAt(id, store.Delta{Nonce: fmt.Sprint("n", i), Set: fields{fmt.Sprint("w", i): "1"}})
		})...)
		for i, err := range errs {
			want[fmt.Sprint("w", i)] = "1"
			x.expect(err, []outcome{ok}, "writer %d of %d, all at the same moment: save %s, set w%d",
				i, writers, x.names[id], i)
		}
		x.holds(id, want)
	})
}

// writersAtTheLimit write fields of which only some may be taken.
func writersAtTheLimit(x *trial) {
	const writers, most = 16, 5
	for _, limits := range []store.Limits{{Fields: most}, {Bytes: most * len("w00")}} {
		x.race(x.rounds/4+1, func(x *trial) {
			id, taken := x.create(store.Delta{}), fields{}
			errs := together(several(writers, func(i int) error {
				return x.saveAt(id, store.Delta{Set: fields{fmt.Sprintf("w%02d", i): ""}, Limits: limits})
			})...)
			for i, err := range errs {
				x.expect(err, []outcome{ok, tooLarge}, "at the same moment save %s, set w%02d, limits %+v",
					x.names[id], i, limits)
				if err == nil {
					taken[fmt.Sprintf("w%02d", i)] = ""
				} else {
					x.large(err, (most+1)*max(limits.Bytes/most, 1), max(limits.Bytes, limits.Fields))
				}
			}
			if len(taken) != most {
				x.fail("%d saves succeeded, want %d", len(taken), most)
			}
			x.holds(id, taken)
		})
	}
}

func saveAgainstDestroy(x *trial) {
	x.race(x.rounds, func(x *trial) {
		id := x.create(loginSet("ada", fields{"a": "1"}))
		x.againstDestroy(id, "save", []outcome{ok, gone}, func(i int) error {
			return x.saveAt(id, set("late", fmt.Sprint(i)))
		})
		x.absent(id, gone)
	})
}

func refreshAgainstDestroy(x *trial) {
	x.race(x.rounds, func(x *trial) {
		id := x.create(loginSet("ada", fields{"a": "1"}))
		refresh := func(int) error { return x.store.Refresh(background, id) }
		x.againstDestroy(id, "refresh", []outcome{ok, gone}, refresh)
		x.absent(id, gone)
	})
}

func createAgainstDestroy(x *trial) {
	x.race(x.rounds, func(x *trial) {
		id := x.newID()
		x.againstDestroy(id, "create", []outcome{ok, exists}, func(int) error {
			return x.store.Create(background, id, withLife(set("a", "1")))
		})
		x.absent(id, gone)
	})
}

func renewAgainstDestroy(x *trial) {
	x.race(x.rounds, func(x *trial) {
		id := x.create(loginSet("ada", fields{"a": "1"}))
		x.renewalsAgainstDestroy(id, id)
	})
}

func renewAgainstDestroyOfOld(x *trial) {
	x.race(x.rounds, func(x *trial) {
		old := x.create(loginSet("ada", fields{"a": "1"}))
		x.renewalsAgainstDestroy(old, x.renewal(old, store.Delta{}))
	})
}

// renewalsAgainstDestroy destroys a session under one ID while it is renewed
// under its latest.
func (x *trial) renewalsAgainstDestroy(old, id store.ID) {
	nexts := []store.ID{x.next(id), x.next(id), x.next(id)}
	x.againstDestroy(old, "renew "+x.names[id], []outcome{ok, gone, renewed}, func(i int) error {
		return x.renewAt(id, nexts[i], login("ada"))
	})
	for _, id := range append(nexts, old, id) {
		x.absent(id, gone)
	}
}

// againstDestroy makes three calls at the moment in which the session is
// destroyed.
func (x *trial) againstDestroy(id store.ID, name string, want []outcome, call func(i int) error) {
	destroy := func() error {
		_, err := x.store.Destroy(background, id, ever)
		return err
	}
	calls := slices.Insert(several(3, call), 1, destroy)
	errs := together(calls...)
	x.expect(errs[1], []outcome{ok}, "destroy %s, at the same moment as what follows", x.names[id])
	for _, err := range slices.Delete(errs, 1, 2) {
		x.expect(err, want, "%s, at the same moment", name)
	}
}

func parallelDestroys(x *trial) {
	x.race(x.rounds, func(x *trial) {
		old := x.create(login("ada"))
		ids := []store.ID{old, x.renewal(old, store.Delta{})}
		users := make([]string, 4)
		errs := together(several(len(users), func(i int) (err error) {
			users[i], err = x.store.Destroy(background, ids[i%2], ever)
			return err
		})...)
		for i, err := range errs {
			x.expect(err, []outcome{ok}, "destroy %s, at the same moment: user %q", x.names[ids[i%2]], users[i])
		}
		if slices.Sort(users); !slices.Equal(users, []string{"", "", "", "ada"}) {
			x.fail("the destroys returned the users %q, want \"ada\" once", users)
		}
	})
}

func parallelRenews(x *trial) {
	x.race(x.rounds/20+1, func(x *trial) {
		id := x.create(set("a", "1"))
		nexts := make([]store.ID, 50)
		for i := range nexts {
			nexts[i] = x.next(id)
		}
		errs := together(several(len(nexts), func(i int) error {
			return x.renewAt(id, nexts[i], set("by", fmt.Sprint(i)))
		})...)
		winner := x.onlyOne(errs, renewed, "renew "+x.names[id])
		x.lost(id, renewed)
		for i, next := range nexts {
			if i == winner {
				x.holds(next, fields{"a": "1", "by": fmt.Sprint(i)})
			} else {
				x.absent(next, renewed)
			}
		}
	})
}

func parallelCreates(x *trial) {
	x.race(x.rounds/20+1, func(x *trial) {
		ids := []store.ID{x.newID()}
		for range 49 {
			ids = append(ids, x.next(ids[0]))
		}
		errs := together(several(len(ids), func(i int) error {
			return x.store.Create(background, ids[i], withLife(set(fmt.Sprint("by", i), "1")))
		})...)
		winner := x.onlyOne(errs, exists, "create at one place")
		x.holds(ids[winner], fields{fmt.Sprint("by", winner): "1"})
		for i, id := range ids {
			if i != winner {
				x.lost(id, notFound)
			}
		}
	})
}

// onlyOne returns the index of the one call that succeeded; the others must
// have failed in one way.
func (x *trial) onlyOne(errs []error, others outcome, name string) (winner int) {
	winner = -1
	for i, err := range errs {
		x.expect(err, []outcome{ok, others}, "call %d of %d at the same moment: %s", i, len(errs), name)
		if err == nil && winner >= 0 {
			x.fail("%s: call %d and call %d at the same moment both succeeded", name, winner, i)
		}
		if err == nil {
			winner = i
		}
	}
	if winner < 0 {
		x.fail("%s: of %d calls at the same moment none succeeded", name, len(errs))
	}
	return winner
}

func saveAgainstRenew(x *trial) {
	x.race(x.rounds, func(x *trial) {
		id := x.create(set("a", "1"))
		next, want := x.next(id), fields{"a": "1", "renewed": "1"}
		calls := several(4, func(i int) error { return x.saveAt(id, set(fmt.Sprint("s", i), "1")) })
		calls = append(calls, func() error { return x.renewAt(id, next, set("renewed", "1")) })
		errs := together(calls...)
		x.expect(errs[4], []outcome{ok}, "renew %s to %s, at the same moment as what follows",
			x.names[id], x.names[next])
		for i, err := range errs[:4] {
			x.expect(err, []outcome{ok, renewed}, "save %s, set s%d, at the same moment", x.names[id], i)
			if err == nil {
				want[fmt.Sprint("s", i)] = "1"
			}
		}
		x.lost(id, renewed)
		x.holds(next, want)
	})
}

// repeatsAtOnce repeats a save while it is still on its way and while another
// client writes the same field: the save takes effect once, before that.
func repeatsAtOnce(x *trial) {
	x.race(x.rounds, func(x *trial) {
		id, d := x.create(store.Delta{}), store.Delta{Nonce: "nonce", Set: fields{"a": "1"}}
		var after error
		errs := together(
			func() error { return x.saveAt(id, d) },
			func() error {
				err := x.saveAt(id, d)
				after = x.saveAt(id, set("a", "2"))
				return err
			},
			func() error { return x.saveAt(id, d) },
		)
		for _, err := range append(errs, after) {
			x.expect(err, []outcome{ok}, "save %s, thrice with one nonce, then set a=2", x.names[id])
		}
		x.holds(id, fields{"a": "2"})
	})
}
