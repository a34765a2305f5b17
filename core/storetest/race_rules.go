package storetest

import (
	"fmt"
	"slices"

	"github.com/ringsession/ringsession/core"
)

func writersOfKeys(x *trial) {
	const writers = 32
	x.race(x.rounds/20+1, func(x *trial) {
		id, want := x.create(core.Delta{Set: fields{"a": "1"}}), fields{"a": "1"}
		errs := together(several(writers, func(i int) error {
			return x.store.Save(background, id, withLife(core.Delta{Set: fields{fmt.Sprint("w", i): "1"}}))
		})...)
		for i, err := range errs {
			want[fmt.Sprint("w", i)] = "1"
			x.expect(err, []outcome{ok}, "writer %d of %d, all at the same moment: save %s, set w%d", i, writers, x.names[id], i)
		}
		x.holds(id, want)
	})
}

func saveAgainstDestroy(x *trial) {
	x.race(x.rounds, func(x *trial) {
		id := x.create(core.Delta{Login: "ada", Set: fields{"a": "1"}})
		x.againstDestroy(id, "save", []outcome{ok, gone}, func(i int) error {
			return x.store.Save(background, id, withLife(core.Delta{Set: fields{"late": fmt.Sprint(i)}}))
		})
		x.absent(id)
	})
}

func refreshAgainstDestroy(x *trial) {
	x.race(x.rounds, func(x *trial) {
		id := x.create(core.Delta{Login: "ada", Set: fields{"a": "1"}})
		x.againstDestroy(id, "refresh", []outcome{ok}, func(int) error { return x.store.Refresh(background, id, life) })
		x.absent(id)
	})
}

func renewAgainstDestroy(x *trial) {
	x.race(x.rounds, func(x *trial) {
		id := x.create(core.Delta{Login: "ada", Set: fields{"a": "1"}})
		nexts := []core.ID{x.next(id), x.next(id), x.next(id)}
		x.againstDestroy(id, "renew", []outcome{ok, gone, renewed}, func(i int) error {
			return x.store.Renew(background, id, nexts[i], withLife(core.Delta{Login: "ada"}))
		})
		x.lost(id, notFound, renewed)
		for _, next := range nexts {
			x.absent(next)
		}
	})
}

func renewAgainstDestroyOfOld(x *trial) {
	x.race(x.rounds, func(x *trial) {
		old := x.create(core.Delta{Login: "ada", Set: fields{"a": "1"}})
		id := x.moved(old, core.Delta{})
		nexts := []core.ID{x.next(id), x.next(id), x.next(id)}
		x.againstDestroy(old, "renew of the new id", []outcome{ok, gone, renewed}, func(i int) error {
			return x.store.Renew(background, id, nexts[i], withLife(core.Delta{}))
		})
		x.lost(id, notFound, renewed)
		for _, next := range nexts {
			x.absent(next)
		}
	})
}

// againstDestroy makes three calls at the moment in which the session is destroyed.
func (x *trial) againstDestroy(id core.ID, name string, want []outcome, call func(i int) error) {
	destroy := func() error { return x.store.Destroy(background, id) }
	calls := slices.Insert(several(3, call), 1, destroy)
	errs := together(calls...)
	x.expect(errs[1], []outcome{ok}, "destroy %s, at the same moment as what follows", x.names[id])
	for _, err := range slices.Delete(errs, 1, 2) {
		x.expect(err, want, "%s, at the same moment", name)
	}
}

func parallelRenews(x *trial) {
	x.race(x.rounds/20+1, func(x *trial) {
		id := x.create(core.Delta{Set: fields{"a": "1"}})
		nexts := make([]core.ID, 50)
		for i := range nexts {
			nexts[i] = x.next(id)
		}
		errs := together(several(len(nexts), func(i int) error {
			return x.store.Renew(background, id, nexts[i], withLife(core.Delta{Set: fields{"by": fmt.Sprint(i)}}))
		})...)
		winner := x.onlyOne(errs, renewed, "renew "+x.names[id])
		x.lost(id, renewed)
		for i, next := range nexts {
			if i == winner {
				x.holds(next, fields{"a": "1", "by": fmt.Sprint(i)})
			} else {
				x.absent(next)
			}
		}
	})
}

func parallelCreates(x *trial) {
	x.race(x.rounds/20+1, func(x *trial) {
		id := x.newID()
		errs := together(several(50, func(i int) error {
			return x.store.Create(background, id, fmt.Sprint("nonce", i), withLife(core.Delta{Set: fields{fmt.Sprint("by", i): "1"}}))
		})...)
		winner := x.onlyOne(errs, exists, "create "+x.names[id])
		x.holds(id, fields{fmt.Sprint("by", winner): "1"})
	})
}

// onlyOne returns the index of the one call that succeeded; the others must have failed in one way.
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
		id := x.create(core.Delta{Set: fields{"a": "1"}})
		next, want := x.next(id), fields{"a": "1", "renewed": "1"}
		calls := several(4, func(i int) error {
			return x.store.Save(background, id, withLife(core.Delta{Set: fields{fmt.Sprint("s", i): "1"}}))
		})
		calls = append(calls, func() error {
			return x.store.Renew(background, id, next, withLife(core.Delta{Set: fields{"renewed": "1"}}))
		})
		errs := together(calls...)
		x.expect(errs[4], []outcome{ok}, "renew %s to %s, at the same moment as what follows", x.names[id], x.names[next])
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
