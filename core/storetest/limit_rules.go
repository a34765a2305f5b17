package storetest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ringsession/ringsession/core/store"
)

// bytesLimit and fieldsLimit return the delta with a limit.
func bytesLimit(n int, d store.Delta) store.Delta {
	d.Limits = store.Limits{Bytes: n}
	return d
}

func fieldsLimit(n int, d store.Delta) store.Delta {
	d.Limits = store.Limits{Fields: n}
	return d
}

// large checks the numbers of an error. The size is what the session would have
// held.
func (x *trial) large(err error, size, limit int) {
	var e *store.TooLargeError
	if !errors.As(err, &e) {
		x.fail("got %v, want a TooLargeError", err)
	}
	if e.Size != size || e.Limit != limit {
		x.fail("got %v, want the size %d and the limit %d", err, size, limit)
	}
}

func limitBytes(x *trial) {
	x.large(x.createAs(x.newID(), bytesLimit(11, set("name", "12345678")), tooLarge), 12, 11)
	id := x.create(bytesLimit(12, set("name", "12345678")))
	x.large(x.save(id, bytesLimit(13, set("é", "")), tooLarge), 14, 13)
	x.save(id, bytesLimit(14, set("é", "")), ok)
	x.large(x.save(id, bytesLimit(14, set("é", "1")), tooLarge), 15, 14)
	x.save(id, bytesLimit(0, set("é", "1")), ok)
	x.holds(id, fields{"name": "12345678", "é": "1"})
	x.large(x.save(id, bytesLimit(100, set("é", strings.Repeat("1", 1000))), tooLarge), 1014, 100)
}

func limitFields(x *trial) {
	three := fields{"a": "1", "b": "1", "c": "1"}
	x.large(x.createAs(x.newID(), fieldsLimit(2, store.Delta{Set: three}), tooLarge), 3, 2)
	id := x.create(fieldsLimit(3, store.Delta{Set: three}))
	x.large(x.save(id, fieldsLimit(3, set("d", "1")), tooLarge), 4, 3)
	two := store.Delta{Set: fields{"d": "1", "e": "1", "a": "2"}}
	x.large(x.save(id, fieldsLimit(3, two), tooLarge), 5, 3)
	x.save(id, fieldsLimit(4, set("d", "1")), ok)
	x.holds(id, fields{"a": "1", "b": "1", "c": "1", "d": "1"})
}

// limitAfter has changes that are counted wrong by a store that does not look
// at what the session holds before and after.
func limitAfter(x *trial) {
	id := x.create(store.Delta{Set: fields{"a": "1234", "b": "1234"}})
	for _, d := range []store.Delta{
		{Set: fields{"a": "5678"}},
		{Delete: []string{"a"}, Set: fields{"c": "1234"}},
		{Delete: []string{"a", "c"}, Set: fields{"a": "1234"}},
		{Clear: true, Set: fields{"d": "1234", "e": "1234"}},
		{Clear: true, Delete: []string{"d", "e", "f"}, Set: fields{"d": "1234", "a": "1234"}},
	} {
		x.save(id, bytesLimit(10, d), ok)
	}
	x.save(id, fieldsLimit(2, store.Delta{Delete: []string{"d"}, Set: fields{"b": "1234"}}), ok)
	x.holds(id, fields{"a": "1234", "b": "1234"})
	for _, deleted := range [][]string{{"b", "b", "b"}, {"b", "never there", "nor this"}, {"a", "b"}} {
		d := store.Delta{Delete: deleted, Set: fields{"b": "1234", "c": "1234", "a": "1234"}}
		x.large(x.save(id, bytesLimit(14, d), tooLarge), 15, 14)
		x.large(x.save(id, fieldsLimit(2, d), tooLarge), 3, 2)
	}
	x.holds(id, fields{"a": "1234", "b": "1234"})
}

// limitBlind saves again and again: what is written in the place of something
// else does not add up, and what is added does.
func limitBlind(x *trial) {
	id := x.create(store.Delta{})
	for i := range 60 {
		x.save(id, bytesLimit(30, set("same", fmt.Sprintf("%026d", i))), ok)
	}
	x.large(x.save(id, bytesLimit(30, set("b", "")), tooLarge), 31, 30)
	x.save(id, bytesLimit(30, store.Delta{Delete: []string{"same"}}), ok)
	for i := range 10 {
		x.save(id, bytesLimit(30, set(fmt.Sprint("k", i), "1")), ok)
	}
	for range 3 {
		x.large(x.save(id, bytesLimit(30, set("k", "12")), tooLarge), 33, 30)
	}
	x.save(id, bytesLimit(30, store.Delta{Clear: true, Set: fields{"k": "12"}}), ok)
	x.holds(id, fields{"k": "12"})
}

// limitOver has a session that is over both limits, because they were not there
// or higher when it was filled.
func limitOver(x *trial) {
	id := x.create(store.Delta{Set: fields{"a": "1234", "b": "1234", "c": "1234"}})
	over := func(d store.Delta) store.Delta { return fieldsLimit(2, d) }
	for _, over := range []func(store.Delta) store.Delta{
		over, func(d store.Delta) store.Delta { return bytesLimit(5, d) },
	} {
		x.save(id, over(store.Delta{}), ok)
		x.save(id, over(set("a", "5678")), ok)
		x.save(id, over(store.Delta{Delete: []string{"a"}, Set: fields{"d": "1234"}}), ok)
		x.save(id, over(store.Delta{Clear: true, Set: fields{"a": "1234", "b": "1234", "c": "1234"}}), ok)
		id = x.renewal(id, over(login("ada")))
		x.holds(id, fields{"a": "1234", "b": "1234", "c": "1234"})
	}
	x.large(x.save(id, over(set("d", "")), tooLarge), 4, 2)
	x.large(x.save(id, bytesLimit(5, set("a", "12345")), tooLarge), 16, 5)
	login := bytesLimit(5, loginSet("bob", fields{"d": ""}))
	x.large(x.renew(id, x.next(id), login, tooLarge), 16, 5)
	x.user(x.holds(id, fields{"a": "1234", "b": "1234", "c": "1234"}), "ada")
	x.save(id, bytesLimit(5, store.Delta{Delete: []string{"a"}}), ok)
	x.save(id, over(store.Delta{Delete: []string{"b"}}), ok)
	x.save(id, bytesLimit(5, store.Delta{Clear: true}), ok)
	x.holds(id, nil)
	full := x.create(set("a", "123456"))
	x.refresh(full, ok)
	x.destroy(full)
	x.absent(full, gone)
}

func limitNothing(x *trial) {
	id := x.create(loginSet("ada", fields{"a": "1", "b": "1"}))
	before := x.load(id)
	x.advance(idle / 2)
	d := fieldsLimit(2, store.Delta{
		Nonce: "nonce", Delete: []string{"a"}, Set: fields{"b": "2", "c": "2", "d": "2"},
	})
	for range 2 {
		x.large(x.save(id, d, tooLarge), 3, 2)
		x.near("the time left", x.holds(id, fields{"a": "1", "b": "1"}).Left, idle/2)
	}
	next := x.next(id)
	login := store.Delta{Login: store.Login{User: "bob"}, Clear: true, Set: d.Set}
	login.Lifetimes = store.Lifetimes{Idle: 2 * idle, Absolute: 2 * absolute}
	x.large(x.renew(id, next, fieldsLimit(2, login), tooLarge), 3, 2)
	x.lost(next, notFound)
	after := x.holds(id, fields{"a": "1", "b": "1"})
	x.user(after, "ada")
	x.sameTimes(before, after, idle/2)
	x.near("the time left", after.Left, idle/2)
	// The nonce of what was refused is still unused.
	x.save(id, store.Delta{Nonce: "nonce", Set: fields{"c": "3"}}, ok)
	x.holds(id, fields{"a": "1", "b": "1", "c": "3"})
}

func limitCreate(x *trial) {
	id := x.newID()
	x.createAs(id, bytesLimit(5, set("a", "12345")), tooLarge)
	x.absent(id, notFound)
	x.createAs(id, bytesLimit(5, set("a", "1234")), ok)
	x.holds(id, fields{"a": "1234"})
	x.createAs(id, bytesLimit(5, set("a", "1234")), ok)
	// A repeated call changes nothing, so no limit can be in its way.
	x.createAs(id, bytesLimit(1, set("a", "1234")), ok)
}

func limitRepeats(x *trial) {
	id := x.create(store.Delta{})
	d := bytesLimit(5, store.Delta{Nonce: "nonce", Set: fields{"a": "1234"}})
	x.save(id, d, ok)
	x.save(id, store.Delta{Delete: []string{"a"}, Set: fields{"b": "12345"}}, ok)
	x.save(id, d, ok)
	x.holds(id, fields{"b": "12345"})
	next := x.next(id)
	d = bytesLimit(10, set("c", "123"))
	x.renew(id, next, d, ok)
	x.save(next, store.Delta{Delete: []string{"c"}, Set: fields{"a": "12345678"}}, ok)
	x.renew(id, next, d, ok)
	x.holds(next, fields{"a": "12345678", "b": "12345"})
}

// guestLimit returns the delta with limits of fields for logins and for guests.
func guestLimit(n, guest int, d store.Delta) store.Delta {
	d.Limits, d.Guest = store.Limits{Fields: n}, store.Limits{Fields: guest}
	return d
}

// guestLimits sets three fields of two bytes in sessions of guests and of
// users.
func guestLimits(x *trial) {
	two, five, none := store.Limits{Fields: 2}, store.Limits{Fields: 5}, store.Limits{}
	for _, row := range []struct {
		limits, guest    store.Limits
		forGuest, forAda outcome
	}{
		{five, two, tooLarge, ok},
		{two, five, ok, tooLarge},
		{two, none, tooLarge, tooLarge},
		{none, two, tooLarge, ok},
		{two, store.Limits{Bytes: 6}, ok, tooLarge},
		{five, store.Limits{Bytes: 5}, tooLarge, ok},
	} {
		x.note("limits %+v, for guests %+v:", row.limits, row.guest)
		d := store.Delta{Set: fields{"a": "1", "b": "1", "c": "1"}}
		d.Limits, d.Guest = row.limits, row.guest
		logsIn := d
		logsIn.Login = full
		x.createAs(x.newID(), d, row.forGuest)
		x.createAs(x.newID(), logsIn, row.forAda)
		x.save(x.create(store.Delta{}), d, row.forGuest)
		x.save(x.create(login("ada")), d, row.forAda)
		for _, r := range []struct {
			before, d store.Delta
			want      outcome
		}{
			{store.Delta{}, d, row.forGuest}, {store.Delta{}, logsIn, row.forAda},
			{login("ada"), d, row.forAda}, {login("ada"), logsIn, row.forAda},
		} {
			id := x.create(r.before)
			x.renew(id, x.next(id), r.d, r.want)
		}
	}
}

// guestOver has a guest with more fields than one may have, who logs in.
func guestOver(x *trial) {
	id := x.newID()
	x.createAs(id, store.Delta{Set: fields{"a": "1", "b": "1", "c": "1"}}, ok)
	x.createAs(id, guestLimit(6, 2, set("a", "1")), ok)
	x.large(x.save(id, guestLimit(6, 2, set("d", "")), tooLarge), 4, 2)
	x.save(id, guestLimit(6, 2, set("a", "2")), ok)
	x.save(id, guestLimit(6, 2, store.Delta{Delete: []string{"a"}, Set: fields{"d": "1"}}), ok)
	id = x.renewal(id, guestLimit(6, 2, store.Delta{}))
	x.holds(id, fields{"b": "1", "c": "1", "d": "1"})
	id = x.renewal(id, guestLimit(6, 2, store.Delta{Login: full, Set: fields{"e": "1"}}))
	x.save(id, guestLimit(6, 2, store.Delta{Set: fields{"f": "1", "g": "1"}}), ok)
	x.large(x.save(id, guestLimit(6, 2, set("h", "")), tooLarge), 7, 6)
	x.save(id, guestLimit(6, 2, store.Delta{Clear: true}), ok)
}
