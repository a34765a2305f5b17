package storetest

import (
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
)

func placeForm(x *trial) {
	for range 20 {
		place, err := x.store.NewPlace(background)
		if err != nil {
			x.fail("NewPlace: %v", err)
		}
		x.note("new place %q", place)
		if len(place) != core.PlaceLen || strings.ContainsFunc(place, notBase64URL) {
			x.fail("the place %q is not %d base64url characters", place, core.PlaceLen)
		}
		id := x.idAt(place)
		x.createAs(id, "n", core.Delta{Set: fields{"a": "1"}}, nil)
		x.holds(id, fields{"a": "1"})
	}
}

func notBase64URL(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
}

func createStores(x *trial) {
	id := x.create(core.Delta{Set: fields{"a": "1", "b": `{"c":[2]}`}})
	r := x.holds(id, fields{"a": "1", "b": `{"c":[2]}`})
	if r.User != "" || !r.LoggedIn.IsZero() {
		x.fail("nobody logged in, and the session has the user %q since %v", r.User, r.LoggedIn)
	}
	if r.Created.IsZero() {
		x.fail("the session has no time of creation")
	}
	x.near("the time from creation to deadline", r.Deadline.Sub(r.Created), absolute)
	x.near("the idle time left", r.Idle, idle)
	if r.Final {
		x.fail("a new session is said to be at its deadline")
	}
}

func createLogsIn(x *trial) {
	r := x.holds(x.create(core.Delta{Login: "ada", Set: fields{"a": "1"}}), fields{"a": "1"})
	if r.User != "ada" {
		x.fail("the user is %q, want %q", r.User, "ada")
	}
	x.near("the time from creation to login", r.LoggedIn.Sub(r.Created), 0)
}

func createEmpty(x *trial) {
	x.holds(x.create(core.Delta{}), nil)
	x.holds(x.create(core.Delta{Login: "ada"}), nil)
}

func createSetsOnly(x *trial) {
	id := x.create(core.Delta{Clear: true, Delete: []string{"a", "z"}, Set: fields{"a": "1"}})
	x.holds(id, fields{"a": "1"})
}

func createRepeats(x *trial) {
	id, d := x.newID(), core.Delta{Login: "ada", Set: fields{"a": "1", "b": "2"}}
	x.createAs(id, "nonce", d, nil)
	before := x.load(id)
	x.save(id, core.Delta{Delete: []string{"a"}, Set: fields{"b": "3"}}, nil)
	x.advance(idle / 2)
	x.createAs(id, "nonce", d, nil)
	after := x.holds(id, fields{"b": "3"})
	x.sameTimes(before, after)
}

func createTaken(x *trial) {
	id := x.newID()
	x.createAs(id, "first", core.Delta{Login: "ada", Set: fields{"a": "1"}}, nil)
	x.createAs(id, "second", core.Delta{Login: "bob", Set: fields{"a": "2", "b": "2"}}, core.ErrExists)
	if r := x.holds(id, fields{"a": "1"}); r.User != "ada" {
		x.fail("the user is %q, want %q", r.User, "ada")
	}
	x.createAs(id, "first", core.Delta{Login: "ada", Set: fields{"a": "1"}}, nil)
}

func createRenewed(x *trial) {
	id := x.create(core.Delta{Set: fields{"a": "1"}})
	next := x.moved(id, core.Delta{})
	for _, nonce := range []string{"another", ""} {
		x.createAs(id, nonce, core.Delta{Set: fields{"a": "2"}}, core.ErrExists)
	}
	x.lost(id, renewed)
	x.holds(next, fields{"a": "1"})
	x.destroy(id)
	x.absent(next)
}

func createForgets(x *trial) {
	id, d := x.newID(), core.Delta{Login: "ada", Set: fields{"a": "1"}}
	x.createAs(id, "nonce", d, nil)
	x.advance(idle + margin)
	x.createAs(id, "nonce", core.Delta{Set: fields{"b": "2"}}, nil)
	if r := x.holds(id, fields{"b": "2"}); r.User != "" {
		x.fail("the user of the expired session, %q, is that of the new one", r.User)
	}
}

func createCopies(x *trial) {
	set := fields{"a": "1"}
	id := x.create(core.Delta{Set: set})
	set["a"], set["x"] = "changed", "changed"
	x.holds(id, fields{"a": "1"})
	set = fields{"a": "2"}
	x.save(id, core.Delta{Set: set}, nil)
	set["a"] = "changed"
	x.holds(id, fields{"a": "2"})
}

func loadUnknown(x *trial) {
	id := x.newID()
	x.lost(id, notFound)
	x.absent(id)
	x.createAs(id, "n", core.Delta{}, nil)
}

func loadCopies(x *trial) {
	id := x.create(core.Delta{Login: "ada", Set: fields{"a": "1"}})
	r := x.load(id)
	r.Fields["a"], r.Fields["b"], r.User = "changed", "changed", "changed"
	r.Deadline = r.Deadline.Add(time.Hour)
	if r = x.holds(id, fields{"a": "1"}); r.User != "ada" {
		x.fail("the user is %q, want %q", r.User, "ada")
	}
}
