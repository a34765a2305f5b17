package storetest

import (
	"maps"
	"slices"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

func listFinds(x *trial) {
	ada, bob := stranger("ada"), stranger("bob")
	x.lists(ofUser(ada))
	first := x.create(login(ada))
	x.lists(ofUser(ada), first)
	guest := x.create(set("user", ada))
	x.lists(ofUser(ada), first)
	second := x.renewal(guest, login(ada))
	third := x.create(loginSet(ada, fields{"a": "1"}))
	other := x.create(login(bob))
	x.lists(ofUser(ada), first, second, third)
	x.lists(ofUser(bob), other)
}

// listPages reads lists by pages of several sizes, those of which the last is
// full among them.
func listPages(x *trial) {
	for _, row := range []struct {
		sessions int
		limits   []int
	}{
		{4, []int{1, 2, 3, 4, 5}},
		{101, []int{0, 25, 100, 101, 102, 10_000}},
	} {
		ada := stranger("ada")
		ids := x.logins(ada, row.sessions)
		for _, limit := range row.limits {
			x.has(x.list(ofUser(ada), store.Query{Limit: limit}, nil), ids, ids)
		}
	}
}

// listChanges ends, begins and renews sessions between the pages: on pages that
// were read, and on pages to come. So the number of sessions before a page
// falls at one turn, grows at the next and stays at the third.
func listChanges(x *trial) {
	ada := stranger("ada")
	create := func(absolute time.Duration) store.ID {
		d := login(ada)
		d.Lifetimes = store.Lifetimes{Idle: idle, Absolute: absolute}
		return x.create(d)
	}
	var ids []store.ID // the latest deadline last
	for i := range 40 {
		ids = append(ids, create(absolute+time.Duration(i)*time.Minute))
	}
	seen, stay, unseen := ids[32:], ids[8:32], ids[:8]
	may, turn := slices.Clone(ids), 0
	all := x.list(ofUser(ada), store.Query{Limit: 6}, func() {
		if turn++; turn > 5 {
			return
		}
		if turn%3 != 2 {
			x.destroy(seen[len(seen)-1])
			seen = seen[:len(seen)-1]
		}
		if turn%3 != 1 {
			may = append(may, create(5*absolute))
		}
		x.destroy(unseen[0])
		unseen = unseen[1:]
		may = append(may, create(idle))
		for _, i := range []int{turn, len(stay) - turn} {
			stay[i] = x.renewal(stay[i], store.Delta{})
		}
	})
	x.has(all, stay, may)
	x.lists(ofUser(ada), slices.Concat(seen, stay, unseen, may[len(ids):])...)
}

// listOrder has sessions that began in another order than they will end.
func listOrder(x *trial) {
	ada := stranger("ada")
	var ids []store.ID
	for _, minutes := range []time.Duration{30, 90, 10, 50, 70, 20, 80, 60, 40} {
		d := login(ada)
		d.Lifetimes = store.Lifetimes{Idle: idle, Absolute: minutes * time.Minute}
		ids = append(ids, x.create(d))
	}
	d := login(ada)
	d.Lifetimes = store.Lifetimes{Idle: idle, Absolute: 2 * time.Hour}
	ids[2] = x.renewal(ids[2], d)
	for _, limit := range []int{0, 4} {
		q := store.Query{Limit: limit}
		for {
			page := x.page(ofUser(ada), q)
			for i := 1; i < len(page.Sessions); i++ {
				before, after := page.Sessions[i-1], page.Sessions[i]
				if before.Deadline.Before(after.Deadline) {
					x.fail("on one page %s comes after %s, whose deadline is %v sooner",
						x.at(after.Place), x.at(before.Place), after.Deadline.Sub(before.Deadline))
				}
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		x.has(x.list(ofUser(ada), store.Query{Limit: limit}, nil), ids, ids)
	}
}

// listRecords compares a list with what load returns.
func listRecords(x *trial) {
	user := stranger("ada")
	of := full
	of.User = user
	first := x.create(store.Delta{Login: of, Set: fields{"a": "1", "b": "2"}})
	x.advance(margin)
	guest := x.create(store.Delta{})
	x.advance(margin)
	second := x.renewal(guest, store.Delta{
		Login:     store.Login{User: user, About: "2"},
		Lifetimes: store.Lifetimes{Idle: 2 * idle, Absolute: 2 * absolute, Locks: true},
	})
	x.advance(margin)
	x.save(second, set("a", "3"), ok)
	x.refresh(first, ok)
	x.advance(margin)
	all := x.list(ofUser(user), store.Query{Fields: []string{"a"}}, nil)
	x.has(all, []store.ID{first, second}, []store.ID{first, second})
	for _, l := range all {
		id := first
		if l.Place == second.Place {
			id = second
		}
		r := x.load(id)
		x.note("the record of %s in the list", x.names[id])
		x.logged(&l.Record, r.Login)
		x.sameTimes(r, &l.Record, 0)
		x.used(&l.Record, r.Now.Sub(r.Used))
		x.near("the time from login to deadline", l.Deadline.Sub(l.LoggedIn), r.Deadline.Sub(r.LoggedIn))
		x.locks(&l.Record, r.Locks, r.Left)
		if l.Fields["a"] != r.Fields["a"] {
			x.fail("the field \"a\" is %.40q, want %.40q", l.Fields["a"], r.Fields["a"])
		}
	}
}

// listFields asks for fields that a session has, has not, and has twice in the
// query.
func listFields(x *trial) {
	user, odd := stranger("ada"), odd()
	id := x.create(loginSet(user, odd))
	names := slices.Sorted(maps.Keys(odd))
	empty := x.create(login(user))
	for _, row := range []struct {
		names []string
		want  fields
	}{
		{nil, nil},
		{[]string{"never there", "@id", "@user", "@d", "@u"}, nil}, // not even a store's own
		{names[:1], fields{names[0]: odd[names[0]]}},
		{[]string{"empty", "nul", "empty", "never there", "nul"},
			fields{"empty": odd["empty"], "nul": odd["nul"]}},
		{names, odd},
	} {
		all := x.list(ofUser(user), store.Query{Fields: row.names}, nil)
		x.has(all, []store.ID{id, empty}, []store.ID{id, empty})
		for _, l := range all {
			want := row.want
			if l.Place == empty.Place {
				want = nil
			}
			if !maps.Equal(l.Fields, want) {
				x.fail("asked for the fields %.20q the list has %.40q, want %.40q",
					row.names, l.Fields, want)
			}
		}
	}
}

func listReads(x *trial) {
	user := stranger("ada")
	id := x.create(loginSet(user, fields{"a": "1"}))
	for range 2 {
		x.advance(idle/2 - margin)
		all := x.list(ofUser(user), store.Query{Fields: []string{"a"}}, nil)
		for _, l := range all {
			if l.Fields != nil {
				l.Fields["a"] = "changed"
			}
		}
	}
	r := x.holds(id, fields{"a": "1"})
	x.near("the time left", r.Left, 2*margin)
	x.used(r, idle-2*margin)
	x.advance(3 * margin)
	x.absent(id, notFound)
}

func listStays(x *trial) {
	user := stranger("ada")
	ids := x.logins(user, len(uses))
	x.advance(margin)
	for passed := margin; passed < absolute; passed += idle / 2 {
		for i, use := range uses {
			ids[i] = use(x, ids[i], life)
		}
		x.lists(ofUser(user), ids...)
		x.advance(min(idle/2, absolute-passed-margin))
	}
	x.lists(ofUser(user), ids...)
	x.advance(2 * margin)
	x.lists(ofUser(user))
}

func listEnds(x *trial) {
	user := stranger("ada")
	ids := x.logins(user, 4)
	x.destroyOf(user, ids[0], 0)
	x.lists(ofUser(user), ids[1:]...)
	old := ids[1]
	ids[1] = x.renewal(old, store.Delta{})
	x.destroyOf(user, old, margin)
	x.lists(ofUser(user), ids[2:]...)
	x.advance(idle - margin)
	x.refresh(ids[2], ok)
	x.advance(2 * margin)
	x.lists(ofUser(user), ids[2])
	last := x.create(login(user))
	x.lists(ofUser(user), ids[2], last)
	x.advance(idle + margin)
	x.lists(ofUser(user))
}

func listLocked(x *trial) {
	user := stranger("ada")
	d := login(user)
	d.Lifetimes = locking
	ids := []store.ID{x.create(d), x.create(d), x.create(d)}
	x.advance(idle + margin)
	for _, l := range x.list(ofUser(user), store.Query{}, nil) {
		x.locks(&l.Record, true, absolute-idle-margin)
	}
	ids[0] = x.renewal(ids[0], store.Delta{})
	x.lists(ofUser(user), ids...)
	x.end(ofUser(user), store.Ending{Only: ids[1].Place}, 1)
	x.lists(ofUser(user), ids[0], ids[2])
	x.advance(absolute - idle - 3*margin)
	x.lists(ofUser(user), ids[0], ids[2])
	x.advance(3 * margin)
	x.lists(ofUser(user))
	x.end(ofUser(user), store.Ending{}, 0)
}

// listForgets looks how long a list is: a store whose index only grows has more
// and more empty pages.
func listForgets(x *trial) {
	user := stranger("ada")
	for range 6 {
		x.logins(user, 50)
		x.advance(absolute + margin)
	}
	const most = 20
	id, pages := []store.ID{x.create(login(user))}, 1
	x.has(x.list(ofUser(user), store.Query{Limit: 2}, func() { pages++ }), id, id)
	if pages > most {
		x.fail("a list of one session has %d pages, after 300 others had their deadlines", pages)
	}
}
