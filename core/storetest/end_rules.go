package storetest

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

func endAll(x *trial) {
	ada, bob := stranger("ada"), stranger("bob")
	ids, other, guest := x.logins(ada, 5), x.create(login(bob)), x.create(store.Delta{})
	first := ids[4]
	ids[4] = x.renewal(first, store.Delta{})
	x.end(ofUser(ada), store.Ending{}, 5)
	x.lists(ofUser(ada))
	for _, id := range append(ids, first) {
		x.dead(id, gone)
	}
	x.load(guest)
	x.lists(ofUser(bob), other)
	x.load(other)
	x.end(ofUser(ada), store.Ending{}, 0)
}

func endOne(x *trial) {
	ada := stranger("ada")
	ids := x.logins(ada, 4)
	ids[2] = x.renewal(ids[2], store.Delta{})
	for left := len(ids) - 1; left >= 0; left-- {
		only := store.Ending{Only: ids[left].Place}
		x.end(ofUser(ada), only, 1)
		x.dead(ids[left], gone)
		x.lists(ofUser(ada), ids[:left]...)
		for _, id := range ids[:left] {
			x.holds(id, fields{"a": "1"})
		}
		x.end(ofUser(ada), only, 0)
	}
}

func endOthers(x *trial) {
	ada, bob := stranger("ada"), stranger("bob")
	ids, other := x.logins(ada, 4), x.create(login(bob))
	x.end(ofUser(ada), store.Ending{Except: ids[1].Place}, 3)
	x.lists(ofUser(ada), ids[1])
	x.holds(ids[1], fields{"a": "1"})
	for _, i := range []int{0, 2, 3} {
		x.dead(ids[i], gone)
	}
	x.end(ofUser(ada), store.Ending{Except: ids[1].Place}, 0)
	// The place of somebody else, and one that never was, spare nothing.
	x.end(ofUser(ada), store.Ending{Except: other.Place}, 1)
	x.absent(ids[1], gone)
	next := x.create(login(ada))
	x.end(ofUser(ada), store.Ending{Except: x.newPlace()}, 1)
	x.absent(next, gone)
	x.load(other)
}

// endForeign names places that the owner has no session at.
func endForeign(x *trial) {
	ada, bob := stranger("ada"), stranger("bob")
	id, guest := x.create(loginSet(ada, fields{"a": "1"})), x.create(store.Delta{})
	was := x.create(login(bob))
	now := x.renewal(was, login(ada))
	ended, own := x.create(login(bob)), x.create(login(bob))
	x.destroy(ended)
	for _, place := range []string{
		id.Place, guest.Place, now.Place, ended.Place, x.newPlace(),
	} {
		x.end(ofUser(bob), store.Ending{Only: place}, 0)
		x.end(store.Owner{External: bob}, store.Ending{Only: place}, 0)
	}
	x.holds(id, fields{"a": "1"})
	x.load(guest)
	x.user(x.load(now), ada)
	x.lists(ofUser(ada), id, now)
	x.lists(ofUser(bob), own)
}

// endFinal has late calls on sessions that End ended, as long as the store
// remembers them.
func endFinal(x *trial) {
	ada := stranger("ada")
	created := loginSet(ada, fields{"a": "1"})
	id := x.newID()
	x.createAs(id, created, ok)
	next := x.renewal(id, store.Delta{})
	one := x.create(created)
	x.end(ofUser(ada), store.Ending{Only: one.Place}, 1)
	x.end(ofUser(ada), store.Ending{}, 1)
	for passed := time.Duration(0); passed < store.Memory; passed += store.Memory/2 - margin {
		for _, id := range []store.ID{id, next, one} {
			x.ago(x.lost(id, gone), passed)
			x.ago(x.save(id, set("late", "1"), gone), passed)
			x.ago(x.refresh(id, gone), passed)
			x.ago(x.renew(id, x.next(id), created, gone), passed)
			x.createAs(id, created, exists)
			x.createAs(x.next(id), created, exists)
			x.destroyOf("", id, ever)
		}
		x.lists(ofUser(ada))
		x.end(ofUser(ada), store.Ending{}, 0)
		x.advance(store.Memory/2 - margin)
	}
}

// endIdle counts what was alive, and nothing else.
func endIdle(x *trial) {
	ada := stranger("ada")
	x.logins(ada, 2)
	x.advance(idle - margin)
	ids := x.logins(ada, 3)
	x.advance(2 * margin)
	x.destroyOf(ada, ids[0], 0)
	x.end(ofUser(ada), store.Ending{}, 2)
	x.logins(ada, 2)
	x.advance(idle + margin)
	x.end(ofUser(ada), store.Ending{}, 0)
	id := x.create(login(ada))
	x.advance(idle + margin)
	x.end(ofUser(ada), store.Ending{Only: id.Place}, 0)
	x.end(ofUser(ada), store.Ending{Except: id.Place}, 0)
}

// endLater logs in after the call, which may have left orders.
func endLater(x *trial) {
	ada := stranger("ada")
	x.logins(ada, 2)
	guest, other := x.create(store.Delta{}), x.create(login(stranger("bob")))
	x.end(ofUser(ada), store.Ending{Orders: absolute}, 2)
	ids := x.logins(ada, 2)
	ids = append(ids, x.renewal(guest, login(ada)), x.renewal(other, login(ada)))
	for range 4 {
		x.advance(idle - margin)
		for _, id := range ids {
			x.user(x.load(id), ada)
			x.refresh(id, ok)
		}
		x.lists(ofUser(ada), ids...)
	}
}

// endMany ends more sessions than one script takes, and follows the progress.
// It calls the store meanwhile, which must not wait for the end.
func endMany(x *trial) {
	const all = 1200
	ada := stranger("ada")
	ids := x.logins(ada, all)
	var calls atomic.Int32
	var problem atomic.Value
	var last atomic.Int64
	progress := func(ended int) {
		if calls.Add(1) > 1 {
			problem.Store("two calls of Progress overlap")
		}
		defer calls.Add(-1)
		if before := int(last.Swap(int64(ended))); ended < before || ended > all {
			problem.Store("the progress goes back, or past the number of sessions")
		}
		if _, err := x.index().List(background, ofUser(ada), store.Query{Limit: 1}); err != nil {
			problem.Store("a list by Progress fails: " + err.Error())
		}
	}
	n := 0
	err := x.inTime(background, "end", func(ctx context.Context) (err error) {
		n, err = x.index().End(ctx, ofUser(ada), store.Ending{Progress: progress})
		return err
	})
	x.expect(err, []outcome{ok}, "end what %q has: %d", ada, n)
	switch what := problem.Load(); {
	case what != nil:
		x.fail("%s", what)
	case n != all:
		x.fail("it counted %d, want %d", n, all)
	}
	for _, id := range ids {
		x.lost(id, gone)
	}
	x.lists(ofUser(ada))
}
