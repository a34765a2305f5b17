package storetest

import (
	"fmt"

	"github.com/ringsession/ringsession/core/store"
)

func saveNames(x *trial) {
	id := x.create(loginSet("ada", fields{"keep": "1", "change": "1", "drop": "1"}))
	before := x.load(id)
	changed := fields{"change": "2", "new": "2"}
	x.save(id, store.Delta{Delete: []string{"drop", "never there"}, Set: changed}, ok)
	after := x.holds(id, fields{"keep": "1", "change": "2", "new": "2"})
	x.user(after, "ada")
	x.sameTimes(before, after, 0)
}

func saveNothing(x *trial) {
	id := x.create(set("a", "1"))
	x.save(id, store.Delta{}, ok)
	x.holds(id, fields{"a": "1"})
}

func saveClears(x *trial) {
	id := x.create(loginSet("ada", fields{"a": "1", "b": "1"}))
	x.save(id, store.Delta{Clear: true}, ok)
	x.user(x.holds(id, nil), "ada")
	x.save(id, set("c", "1"), ok)
	x.holds(id, fields{"c": "1"})
}

func saveOrders(x *trial) {
	id := x.create(store.Delta{Set: fields{"a": "1", "b": "1", "c": "1"}})
	x.save(id, store.Delta{Delete: []string{"a", "b"}, Set: fields{"a": "2"}}, ok)
	x.holds(id, fields{"a": "2", "c": "1"})
	d := store.Delta{Clear: true, Delete: []string{"a", "b"}, Set: fields{"a": "3", "d": "3"}}
	x.save(id, d, ok)
	x.holds(id, fields{"a": "3", "d": "3"})
}

func saveTwo(x *trial) {
	id := x.create(store.Delta{Set: fields{"a": "0", "b": "0"}})
	x.save(id, set("a", "1"), ok)
	x.save(id, set("b", "2"), ok)
	x.holds(id, fields{"a": "1", "b": "2"})
}

// nonced is a save that can be told from every other: it writes the count, and
// drops what the others write.
func nonced(nonce string) store.Delta {
	return store.Delta{Nonce: nonce, Clear: true, Set: fields{"by": nonce}}
}

func saveRepeats(x *trial) {
	id := x.create(set("a", "1"))
	var nonces []string
	for i := range 3 * store.Nonces {
		nonce := fmt.Sprint("n", i)
		nonces = append(nonces, nonce)
		x.save(id, nonced(nonce), ok)
		want := x.holds(id, fields{"by": nonce})
		for _, known := range nonces[max(0, len(nonces)-store.Nonces):] {
			x.save(id, nonced(known), ok)
			x.sameTimes(want, x.holds(id, fields{"by": nonce}), 0)
		}
	}
}

func saveRepeatsOnly(x *trial) {
	id, other := x.create(store.Delta{}), x.create(store.Delta{})
	x.save(id, store.Delta{Nonce: "nonce", Set: fields{"a": "1"}}, ok)
	x.save(id, set("a", "2"), ok)
	x.advance(idle / 2)
	x.save(id, store.Delta{Nonce: "nonce", Set: fields{"a": "1"}}, ok)
	x.near("the time left after a repeated save", x.holds(id, fields{"a": "2"}).Left, idle/2)
	x.save(other, store.Delta{Nonce: "nonce", Set: fields{"a": "3"}}, ok)
	x.holds(other, fields{"a": "3"})
}

func saveWithoutNonce(x *trial) {
	id := x.create(store.Delta{Set: fields{"a": "1", "b": "1"}})
	for _, value := range []string{"1", "2", "1", "1", "2"} {
		x.save(id, store.Delta{Clear: true, Delete: []string{"a"}, Set: fields{"c": value}}, ok)
		x.holds(id, fields{"c": value})
	}
}

func saveOddNonces(x *trial) {
	id := x.create(store.Delta{})
	for _, nonce := range []string{
		"abcdef", "ABCDEF", "abc", "def", "d", "abcde", " ", "  ", ",", "a,b", "a", "b", ";", "|",
		"%s", "%", "*", ".", "[a]", "^a", "$", "'", `"`, `\`, "0", "00", "-1", "1e1", "10", "nil", "{}",
	} {
		x.save(id, nonced(nonce), ok)
		x.holds(id, fields{"by": nonce})
		x.save(id, set("by", "another"), ok)
		x.save(id, nonced(nonce), ok)
		x.holds(id, fields{"by": "another"})
	}
}

func saveMissing(x *trial) {
	never, destroyed, expired := x.newID(), x.create(store.Delta{}), x.create(store.Delta{})
	x.destroy(destroyed)
	x.advance(idle + margin)
	for _, id := range []store.ID{never, destroyed, expired} {
		x.save(id, set("a", "1"), notFound)
		x.save(id, store.Delta{Clear: true, Set: fields{"a": "1"}}, notFound)
		x.absent(id, notFound)
	}
}
