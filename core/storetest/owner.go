package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ringsession/ringsession/core/store"
)

// maxPages is more than any list of a trial has.
const maxPages = 3000

// index is the trial's store. Only stores that are one get the rules of an
// index.
func (x *trial) index() store.UserIndex { return x.store.(store.UserIndex) }

// stranger returns a user whom no other trial has: the store may be shared.
func stranger(name string) string { return name + "-" + randomText(16) }

func ofUser(user string) store.Owner { return store.Owner{User: user} }

// logins creates n sessions of the user.
func (x *trial) logins(user string, n int) []store.ID {
	ids := make([]store.ID, n)
	for i := range ids {
		ids[i] = x.create(loginSet(user, fields{"a": "1"}))
	}
	return ids
}

// page reads one page of a list.
func (x *trial) page(of store.Owner, q store.Query) store.Page {
	page, err := x.index().List(background, of, q)
	x.expect(err, []outcome{ok}, "list %s, after %.20q, limit %d: %d sessions",
		showOwner(of), q.After, q.Limit, len(page.Sessions))
	if limit := cmp.Or(q.Limit, 100); len(page.Sessions) > limit {
		x.fail("list: a page has %d sessions, the limit is %d", len(page.Sessions), limit)
	}
	return page
}

// list reads all pages. After each of them it calls between, if there is one.
func (x *trial) list(of store.Owner, q store.Query, between func()) (all []store.Listed) {
	for range maxPages {
		page := x.page(of, q)
		all = append(all, page.Sessions...)
		if page.Next == "" {
			return all
		}
		if q.After = page.Next; between != nil {
			between()
		}
	}
	x.fail("list %s: there is no end after %d pages", showOwner(of), maxPages)
	return nil
}

// lists checks that these are the owner's sessions, each once.
func (x *trial) lists(of store.Owner, want ...store.ID) {
	x.has(x.list(of, store.Query{}, nil), want, want)
}

// has checks that a list has each of the sessions at most once, none but those
// that may be there, and those that must.
func (x *trial) has(all []store.Listed, must, may []store.ID) {
	times := make(map[string]int)
	for _, l := range all {
		if times[l.Place]++; times[l.Place] > 1 {
			x.fail("the list has %s twice", x.at(l.Place))
		}
		if !slices.ContainsFunc(may, func(id store.ID) bool { return id.Place == l.Place }) {
			x.fail("the list has %s, which is not to be there", x.at(l.Place))
		}
	}
	for _, id := range must {
		if times[id.Place] == 0 {
			x.fail("the list has not %s", x.at(id.Place))
		}
	}
}

// at describes a place by its IDs.
func (x *trial) at(place string) string {
	var ids []string
	for id, name := range x.names {
		if id.Place == place {
			ids = append(ids, name)
		}
	}
	if len(ids) == 0 {
		return fmt.Sprintf("a session at the place %q, which this rule has not made", place)
	}
	slices.Sort(ids)
	return "the session of " + strings.Join(ids, ", ")
}

// end ends sessions of the owner, so many.
func (x *trial) end(of store.Owner, e store.Ending, want int) {
	n, err := x.index().End(background, of, e)
	x.expect(err, []outcome{ok}, "end %s%s: %d", showOwner(of), x.showEnding(e), n)
	if n != want {
		x.fail("end %s%s: it counted %d, want %d", showOwner(of), x.showEnding(e), n, want)
	}
}

func showOwner(of store.Owner) string {
	if of.External != "" {
		return fmt.Sprintf("what has the external id %.20q (%d bytes)", of.External, len(of.External))
	}
	return fmt.Sprintf("what %.20q (%d bytes) has", of.User, len(of.User))
}

func (x *trial) showEnding(e store.Ending) string {
	var parts []string
	if e.Only != "" {
		parts = append(parts, "only "+x.at(e.Only))
	}
	if e.Except != "" {
		parts = append(parts, "except "+x.at(e.Except))
	}
	if e.Orders > 0 {
		parts = append(parts, fmt.Sprintf("orders for %v", e.Orders))
	}
	if len(parts) == 0 {
		return ", all"
	}
	return ", " + strings.Join(parts, ", ")
}
