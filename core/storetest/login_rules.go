package storetest

import (
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// full is a login with all that a record keeps of it.
var full = store.Login{User: "ada", External: "https://id.example sid-1", About: `{"device":"a"}`}

// login is a delta that logs the user in.
func login(user string) store.Delta { return store.Delta{Login: store.Login{User: user}} }

// loginSet is a delta that logs the user in and sets fields.
func loginSet(user string, set fields) store.Delta {
	return store.Delta{Login: store.Login{User: user}, Set: set}
}

// logged checks all of the record's login.
func (x *trial) logged(r *store.Record, want store.Login) {
	if r.Login != want {
		x.fail("the login is %.80q, want %.80q", r.Login, want)
	}
}

func loginKept(x *trial) {
	created := x.create(store.Delta{Login: full, Set: fields{"a": "1"}})
	loggedIn := x.renewal(x.create(store.Delta{}), store.Delta{Login: full})
	for _, id := range []store.ID{created, loggedIn} {
		x.logged(x.load(id), full)
		x.save(id, store.Delta{Clear: true, Set: fields{"b": "2"}}, ok)
		x.refresh(id, ok)
		id = x.renewal(id, store.Delta{Clear: true, Set: fields{"c": "3"}})
		x.logged(x.holds(id, fields{"c": "3"}), full)
	}
}

func loginReplaced(x *trial) {
	id := x.create(store.Delta{Login: full})
	for _, next := range []store.Login{
		{User: "bob", External: "sid-2", About: "2"},
		{User: "bob", About: "3"},
		{User: "bob", External: "sid-3"},
		{User: "ada"},
		full,
	} {
		id = x.renewal(id, store.Delta{Login: next})
		x.logged(x.load(id), next)
	}
}

// loginNone has logins without a user, which are none.
func loginNone(x *trial) {
	none := store.Login{External: "sid-2", About: "2"}
	guest := x.create(store.Delta{Login: none})
	x.logged(x.load(guest), store.Login{})
	guest = x.renewal(guest, store.Delta{Login: none})
	r := x.load(guest)
	x.logged(r, store.Login{})
	if !r.LoggedIn.IsZero() {
		x.fail("nobody logged in, and the time of the login is %v", r.LoggedIn)
	}
	id := x.create(store.Delta{Login: full})
	before := x.load(id)
	x.advance(idle / 2)
	id = x.renewal(id, store.Delta{Login: none})
	after := x.load(id)
	x.logged(after, full)
	x.sameTimes(before, after, idle/2)
}

func loginOdd(x *trial) {
	for _, text := range []string{
		"0", " ", "a\x00b", "\xff", "\"sid\"\r\n", "žofie 🙂", "{}", strings.Repeat("e", 4096),
	} {
		want := store.Login{User: "ada", External: text, About: text}
		x.logged(x.load(x.create(store.Delta{Login: want})), want)
		x.logged(x.load(x.renewal(x.create(store.Delta{}), store.Delta{Login: want})), want)
	}
}

// used checks how long ago the last use was.
func (x *trial) used(r *store.Record, ago time.Duration) {
	x.near("the time since the last use", r.Now.Sub(r.Used), ago)
}

// usedAt goes on until the deadline, where the time left no longer tells of the
// last use.
func usedAt(x *trial) {
	created := x.create(store.Delta{})
	x.used(x.load(created), 0)
	ids := x.eachUse(life)
	x.advance(margin)
	for passed := margin; passed < absolute; passed += idle / 2 {
		for i, use := range uses {
			ids[i] = use(x, ids[i], life)
			x.used(x.load(ids[i]), 0)
		}
		x.advance(idle / 4)
		for _, id := range ids {
			x.load(id)
			x.used(x.load(id), idle/4)
		}
		x.advance(idle / 4)
	}
	id := x.create(store.Delta{})
	x.advance(idle / 2)
	id = x.renewal(id, login("ada"))
	x.used(x.load(id), 0)
	x.advance(margin)
	x.used(x.load(id), margin)
}

// usedNot has the calls that are no use of a session.
func usedNot(x *trial) {
	id, d := x.newID(), set("a", "1")
	x.createAs(id, d, ok)
	next := x.next(id)
	x.renew(id, next, set("b", "2"), ok)
	saved := store.Delta{Nonce: "nonce", Set: fields{"c": "3"}}
	x.save(next, saved, ok)
	counted := addNonced("n", 1, 1, "count")
	x.save(next, counted, ok)
	x.advance(idle / 2)
	x.save(next, saved, ok)
	x.save(next, again(idle/2, counted), ok)
	x.save(next, addUpTo("n", 1, 1), noCount)
	x.save(next, take("never there"), taken)
	x.renew(id, next, set("b", "2"), ok)
	x.createAs(next, d, ok)
	over := fieldsLimit(1, set("d", "4"))
	x.save(next, over, tooLarge)
	x.renew(next, x.next(id), over, tooLarge)
	x.save(id, d, renewed)
	x.refresh(id, renewed)
	x.renew(id, x.next(id), store.Delta{Unlock: true}, renewed)
	x.destroyWithin(id, 0, renewed)
	x.used(x.holds(next, fields{"a": "1", "b": "2", "c": "3", "n": "1"}), idle/2)
}
