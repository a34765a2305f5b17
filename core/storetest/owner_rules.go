package storetest

import (
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// listLatest follows a session through several logins, and its place through
// several sessions.
func listLatest(x *trial) {
	ada, bob := stranger("ada"), stranger("bob")
	sid := store.Owner{External: stranger("sid")}
	id := x.create(store.Delta{Login: store.Login{User: ada, External: sid.External}})
	x.lists(sid, id)
	id = x.renewal(id, login(bob))
	x.lists(ofUser(ada))
	x.lists(sid)
	x.lists(ofUser(bob), id)
	id = x.renewal(id, store.Delta{Login: store.Login{User: ada, External: sid.External}})
	id = x.renewal(id, store.Delta{Login: store.Login{User: ada, External: sid.External}})
	x.lists(ofUser(bob))
	x.lists(ofUser(ada), id)
	x.lists(sid, id)
	x.advance(idle + margin)
	x.createAs(x.next(id), store.Delta{}, ok)
	x.lists(ofUser(ada))
	x.lists(sid)
}

// listDeadlines logs in with other lifetimes each time, and once as somebody
// else.
func listDeadlines(x *trial) {
	for _, minutes := range [][]time.Duration{{40, 120, 80}, {120, 40, 80}, {80, 120, 40}, {40, 80, 120}} {
		ada, bob := stranger("ada"), stranger("bob")
		id := x.create(store.Delta{})
		for i, m := range minutes {
			d := login(ada)
			d.Lifetimes = store.Lifetimes{Idle: idle, Absolute: m * time.Minute, Locks: true}
			id = x.renewal(id, d)
			if i == 0 {
				d.Login.User, d.Absolute = bob, 200*time.Minute
				id = x.renewal(id, d)
			}
		}
		last := minutes[2] * time.Minute
		for _, passes := range []time.Duration{margin, last/2 - margin, last/2 - margin} {
			x.advance(passes)
			x.lists(ofUser(ada), id)
			x.lists(ofUser(bob))
			x.end(ofUser(bob), store.Ending{}, 0)
		}
		x.advance(2 * margin)
		x.lists(ofUser(ada))
		x.lists(ofUser(bob))
	}
}

// owners are names that one store or another takes for the same. All of them
// begin or end with something that no other trial has.
func owners() []string {
	base := "x" + randomText(16)
	long := base + strings.Repeat("l", 1024-len(base))
	names := []string{
		base, base + "0", base[:len(base)-1], "0" + base, base + base,
		"a" + base, "A" + base, base + ".a", base + ".A",
		" " + base, base + " ", base + "\n", "\n" + base, base + "\x00", base + "\x00\x00",
		base + "\xff", base + "\xfe", base + "\ufffd", base + "\xc3", base + "\xc3\xa9", base + "e\u0301",
		base + ":", base + "::", ":" + base, base + "{a}", base + "{b}", "{" + base + "}", base + "#0",
		base + "*", base + "?", base + "[ab]", base + "a", base + "b", base + `\`, base + "%", base + "%25",
		base + "/", base + "/..", base + `"`, base + "'", base + "-1", base + "+inf", "(" + base,
		"user:" + base, "session:" + base, "session:user:" + base, "u:" + base, "@user" + base,
		"external:" + base, "session:external:" + base, base + "\r\n*1\r\n$8\r\nFLUSHALL\r\n",
		long, long[:1023] + "m", long + "l", long[:1023], long[:255], long[:256],
	}
	return append(names, strings.Repeat("x", 1024-len(base))+base)
}

// listOwners gives every owner one session, then ends them one after the other.
func listOwners(x *trial) {
	names := owners()
	ids, external := make([]store.ID, len(names)), make([]store.ID, len(names))
	for i, name := range names {
		ids[i] = x.create(login(name))
		by := store.Login{User: stranger("ada"), External: name}
		external[i] = x.create(store.Delta{Login: by})
	}
	for i, name := range names {
		x.lists(ofUser(name), ids[i])
		x.lists(store.Owner{External: name}, external[i])
	}
	for i, name := range names {
		x.end(ofUser(name), store.Ending{}, 1)
		x.absent(ids[i], gone)
		x.lists(ofUser(name))
		x.lists(store.Owner{External: name}, external[i])
	}
	for i, name := range names {
		x.end(store.Owner{External: name}, store.Ending{}, 1)
		x.absent(external[i], gone)
	}
}

// listExternal has one external id in several sessions of several users.
func listExternal(x *trial) {
	ada, bob := stranger("ada"), stranger("bob")
	sid := store.Owner{External: stranger("sid")}
	by := func(user string) store.Delta {
		return store.Delta{Login: store.Login{User: user, External: sid.External}}
	}
	first, second := x.create(by(ada)), x.renewal(x.create(store.Delta{}), by(ada))
	third, other := x.create(by(bob)), x.create(login(ada))
	x.lists(sid, first, second, third)
	x.lists(ofUser(ada), first, second, other)
	x.lists(ofUser(bob), third)
	x.lists(ofUser(sid.External))
	x.lists(store.Owner{External: ada})
	first = x.renewal(first, store.Delta{})
	x.destroyOf(bob, third, 0)
	x.lists(sid, first, second)
	x.end(sid, store.Ending{}, 2)
	x.lists(sid)
	x.lists(ofUser(ada), other)
	for _, id := range []store.ID{first, second, third} {
		x.absent(id, gone)
	}
}

// listNobody has sessions without an owner.
func listNobody(x *trial) {
	guest := x.create(set("a", "1"))
	renewed := x.renewal(x.create(store.Delta{Login: store.Login{External: "sid"}}), store.Delta{})
	member := x.create(login(stranger("ada")))
	x.lists(store.Owner{})
	x.end(store.Owner{}, store.Ending{}, 0)
	x.end(store.Owner{}, store.Ending{Only: guest.Place}, 0)
	x.end(store.Owner{}, store.Ending{Except: guest.Place}, 0)
	x.end(ofUser(stranger("bob")), store.Ending{Only: guest.Place}, 0)
	for _, id := range []store.ID{guest, renewed, member} {
		x.load(id)
	}
}
