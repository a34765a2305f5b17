package storetest

import (
	"fmt"
	"maps"

	"github.com/ringsession/ringsession/core/store"
)

// A view is what a reader that raced a change saw.
type view struct {
	outcome
	fields
}

// look reads without a verdict, for readers in goroutines of their own.
func (x *trial) look(id store.ID) view {
	r, err := x.store.Load(background, id)
	if err != nil {
		return view{outcome: outcomeOf(err)}
	}
	return view{ok, r.Fields}
}

func (v view) String() string {
	if v.outcome == ok {
		return fmt.Sprintf("%.20q", v.fields)
	}
	return string(v.outcome)
}

func readersOfSaves(x *trial) {
	x.race(x.rounds, func(x *trial) {
		id := x.create(store.Delta{Set: fields{"a": "0", "b": "0"}})
		views := make([]view, 3)
		readers := several(len(views), func(i int) error { views[i] = x.look(id); return nil })
		writers := several(2, func(i int) error {
			value := fmt.Sprint(i + 1)
			return x.saveAt(id, store.Delta{Clear: true, Set: fields{"a": value, "b": value}})
		})
		for _, err := range together(append(readers, writers...)...) {
			x.expect(err, []outcome{ok}, "save %s, clear, set a=b; or load it", x.names[id])
		}
		for _, v := range append(views, x.look(id)) {
			x.note("at the same moment load %s: %v", x.names[id], v)
			if v.outcome != ok || len(v.fields) != 2 || v.fields["a"] != v.fields["b"] {
				x.fail("a reader saw %v, which is half of a save: a and b are always written together", v)
			}
		}
	})
}

func readersOfRenewals(x *trial) {
	before, after := fields{"a": "1", "b": "1"}, fields{"a": "1", "b": "2", "c": "2"}
	x.race(x.rounds, func(x *trial) {
		id := x.create(store.Delta{Set: before})
		next := x.next(id)
		var oldFirst, newFirst [2]view
		errs := together(
			func() error { oldFirst = [2]view{x.look(id), x.look(next)}; return nil },
			func() error {
				return x.renewAt(id, next, store.Delta{Set: fields{"b": "2", "c": "2"}})
			},
			func() error { newFirst[1] = x.look(next); newFirst[0] = x.look(id); return nil },
		)
		x.expect(errs[1], []outcome{ok}, "renew %s to %s, set b and c", x.names[id], x.names[next])
		for _, pair := range [][2]view{oldFirst, newFirst} {
			x.note("at the same moment load the old ID: %v, the new ID: %v", pair[0], pair[1])
			if !pair[0].is(before, renewed) || !pair[1].is(after, notFound) {
				x.fail("a reader saw %v under the old ID and %v under the new one: half of a renewal",
					pair[0], pair[1])
			}
		}
		if oldFirst[0].outcome == renewed && oldFirst[1].outcome != ok {
			x.fail("a reader found the old ID replaced before the session was there under the new one")
		}
		if newFirst[1].outcome == ok && newFirst[0].outcome != renewed {
			x.fail("a reader found the session under its new ID, and then under the old one as well")
		}
	})
}

// is reports whether the reader saw either the whole session or the other
// outcome.
func (v view) is(whole fields, other outcome) bool {
	if v.outcome == ok {
		return maps.Equal(v.fields, whole)
	}
	return v.outcome == other
}

func readersOfDestroys(x *trial) {
	x.race(x.rounds, func(x *trial) {
		id := x.create(store.Delta{Set: fields{"a": "1"}})
		views := make([]view, 3)
		look := func(i int) error { views[i] = x.look(id); return nil }
		x.againstDestroy(id, "load", []outcome{ok}, look)
		for _, v := range views {
			x.note("at the same moment load %s: %v", x.names[id], v)
			if !v.is(fields{"a": "1"}, gone) {
				x.fail("a reader saw %v, want the whole session or %v", v, gone)
			}
		}
		x.absent(id, gone)
	})
}
