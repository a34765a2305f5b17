package storetest

import "github.com/ringsession/ringsession/core"

func destroyEnds(x *trial) {
	id := x.create(core.Delta{Login: "ada", Set: fields{"a": "1"}})
	x.load(id) // what a store remembers of this must not answer for it later
	x.destroy(id)
	x.lost(id, notFound)
	x.save(id, core.Delta{Set: fields{"a": "2"}}, core.ErrGone)
	next := x.next(id)
	x.renew(id, next, core.Delta{Login: "ada", Set: fields{"a": "2"}}, core.ErrGone)
	x.refresh(id)
	x.absent(id)
	x.absent(next)
}

func destroyRepeats(x *trial) {
	destroyed, expired, never := x.create(core.Delta{}), x.create(core.Delta{}), x.newID()
	x.destroy(destroyed)
	x.destroy(destroyed)
	x.destroy(never)
	x.absent(never)
	x.advance(idle + margin)
	x.destroy(expired)
	x.absent(expired)
	x.createAs(never, "n", core.Delta{Set: fields{"a": "1"}}, nil)
	x.holds(never, fields{"a": "1"})
}

func destroyFollows(x *trial) {
	for steps := range 5 {
		for from := range steps + 1 {
			x.destroyFrom(from, steps)
		}
	}
}

// destroyFrom renews a session some steps and destroys it under one of its ids.
func (x *trial) destroyFrom(from, steps int) {
	ids := []core.ID{x.create(core.Delta{Login: "ada", Set: fields{"a": "1"}})}
	for i := range steps {
		ids = append(ids, x.moved(ids[i], core.Delta{}))
	}
	x.destroy(ids[from])
	x.absent(ids[steps])
	for _, id := range ids[:steps] {
		x.lost(id, renewed, notFound)
	}
	x.destroy(ids[from])
}

func destroySpares(x *trial) {
	id := x.create(core.Delta{Set: fields{"a": "1"}})
	neighbour, far := x.next(id), x.create(core.Delta{Set: fields{"c": "3"}})
	x.createAs(neighbour, "n", core.Delta{Set: fields{"b": "2"}}, nil)
	other := x.moved(x.create(core.Delta{Set: fields{"d": "4"}}), core.Delta{})
	x.destroy(x.moved(id, core.Delta{}))
	x.holds(neighbour, fields{"b": "2"})
	x.holds(far, fields{"c": "3"})
	x.holds(other, fields{"d": "4"})
}
