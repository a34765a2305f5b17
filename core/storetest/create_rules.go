package storetest

import (
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

func placeForm(x *trial) {
	used := make(map[string]bool)
	for range 20 {
		place := x.newPlace()
		x.note("new place %q", place)
		if len(place) != store.PlaceLen || strings.ContainsFunc(place, notBase64URL) {
			x.fail("the place %q is not %d base64url characters", place, store.PlaceLen)
		}
		if used[place] {
			x.fail("the place %q was chosen before", place)
		}
		used[place] = true
		id := x.idAt(place)
		x.createAs(id, set("a", "1"), ok)
		x.holds(id, fields{"a": "1"})
	}
}

func notBase64URL(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		r == '-' || r == '_')
}

func createStores(x *trial) {
	id := x.create(store.Delta{Set: fields{"a": "1", "b": `{"c":[2]}`}})
	r := x.holds(id, fields{"a": "1", "b": `{"c":[2]}`})
	if r.User != "" || !r.LoggedIn.IsZero() {
		x.fail("nobody logged in, and the session has the user %q since %v", r.User, r.LoggedIn)
	}
	if r.Created.IsZero() {
		x.fail("the session has no time of creation")
	}
	x.near("the time since the creation", r.Now.Sub(r.Created), 0)
	x.near("the time from creation to deadline", r.Deadline.Sub(r.Created), absolute)
	x.near("the time left", r.Left, idle)
	if r.Idle != idle {
		x.fail("the idle timeout is %v, want %v", r.Idle, idle)
	}
}

func createLogsIn(x *trial) {
	r := x.holds(x.create(loginSet("ada", fields{"a": "1"})), fields{"a": "1"})
	x.user(r, "ada")
	x.near("the time from creation to login", r.LoggedIn.Sub(r.Created), 0)
}

func createEmpty(x *trial) {
	x.holds(x.create(store.Delta{}), nil)
	x.holds(x.create(login("ada")), nil)
}

func createSetsOnly(x *trial) {
	id := x.create(store.Delta{Clear: true, Delete: []string{"a", "z"}, Set: fields{"a": "1"}})
	x.holds(id, fields{"a": "1"})
}

func createRepeats(x *trial) {
	id, d := x.newID(), loginSet("ada", fields{"a": "1", "b": "2"})
	x.createAs(id, d, ok)
	before := x.load(id)
	x.save(id, store.Delta{Delete: []string{"a"}, Set: fields{"b": "3"}}, ok)
	x.advance(idle / 2)
	x.createAs(id, d, ok)
	after := x.holds(id, fields{"b": "3"})
	x.sameTimes(before, after, idle/2)
	x.near("the time left", after.Left, idle/2)
}

func createTaken(x *trial) {
	id := x.newID()
	other := x.next(id)
	x.createAs(id, loginSet("ada", fields{"a": "1"}), ok)
	x.createAs(other, loginSet("bob", fields{"a": "2", "b": "2"}), exists)
	x.user(x.holds(id, fields{"a": "1"}), "ada")
	x.absent(other, notFound)
	x.createAs(id, loginSet("ada", fields{"a": "1"}), ok)
}

func createRenewed(x *trial) {
	id := x.create(set("a", "1"))
	next := x.renewal(id, store.Delta{})
	x.createAs(id, set("a", "1"), exists)
	x.createAs(x.next(id), set("a", "2"), exists)
	x.lost(id, renewed)
	x.holds(next, fields{"a": "1"})
}

func createDestroyed(x *trial) {
	created, renewed := x.create(set("a", "1")), x.create(set("a", "1"))
	next := x.renewal(renewed, store.Delta{})
	never := x.newID()
	all := []store.ID{created, next, renewed, never}
	for _, id := range all {
		x.destroy(id)
	}
	for _, passes := range []time.Duration{margin, store.Memory - 2*margin} {
		x.advance(passes)
		for _, id := range all {
			x.createAs(id, set("b", "2"), exists)
			x.createAs(x.next(id), set("b", "2"), exists)
			x.lost(id, gone)
		}
	}
	x.advance(2 * margin)
	x.lost(never, notFound)
	x.createAs(created, set("c", "3"), ok)
	x.holds(created, fields{"c": "3"})
}

func createForgets(x *trial) {
	id := x.newID()
	x.createAs(id, store.Delta{Login: full, Set: fields{"a": "1"}}, ok)
	next := x.renewal(id, store.Delta{})
	x.advance(idle + margin)
	x.createAs(id, set("b", "2"), ok)
	x.logged(x.holds(id, fields{"b": "2"}), store.Login{})
	x.lost(next, notFound)
}

func createCopies(x *trial) {
	written := fields{"a": "1"}
	id := x.create(store.Delta{Set: written})
	written["a"], written["x"] = "changed", "changed"
	x.holds(id, fields{"a": "1"})
	written = fields{"a": "2"}
	x.save(id, store.Delta{Set: written}, ok)
	written["a"] = "changed"
	x.holds(id, fields{"a": "2"})
}

func loadUnknown(x *trial) {
	id := x.newID()
	x.dead(id, notFound)
	x.createAs(id, store.Delta{}, ok)
}

func loadOther(x *trial) {
	id := x.create(loginSet("ada", fields{"a": "1"}))
	x.dead(x.next(id), notFound)
	x.user(x.holds(id, fields{"a": "1"}), "ada")
}

func loadCopies(x *trial) {
	id := x.create(loginSet("ada", fields{"a": "1"}))
	r := x.load(id)
	r.Fields["a"], r.Fields["b"], r.User = "changed", "changed", "changed"
	r.Deadline = r.Deadline.Add(time.Hour)
	x.user(x.holds(id, fields{"a": "1"}), "ada")
}
