package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A UserIndex is a [Store] that finds the sessions of an [Owner]. A session is
// found from the moment at which its login is stored, wherever it is kept, until
// it ends. A renewal does not hide it.
//
// If some of the store's servers do not answer, List and End do what they can
// and fail with a [PartialError].
type UserIndex interface {
	// List returns a page of the owner's sessions. It changes no session. Sessions
	// that begin, end or get another login while the pages are read may be on one of
	// them or not; all others are on exactly one.
	List(ctx context.Context, of Owner, q Query) (Page, error)

	// End ends sessions of the owner, as Destroy does, and returns how many it
	// ended. When it has returned, no call finds one of them. It ends none that
	// belongs to somebody else, and need not end one whose login came after the
	// call. A call that is repeated after an error may count less than was ended.
	End(ctx context.Context, of Owner, e Ending) (n int, err error)
}

// An Owner is whose sessions are meant. It has one of the two. One that has
// neither has no sessions: those of guests belong to nobody.
type Owner struct {
	User     string // who is logged in: [Login.User]
	External string // [Login.External]
}

// A Query says which page of a list is wanted.
type Query struct {
	After  string   // [Page.Next] of the page before; "" for the first
	Limit  int      // sessions on a page, at most; 0 means 100
	Fields []string // names of the fields to read
}

// A Page is a part of the list of an owner's sessions. It may be empty though it
// is not the last one.
type Page struct {
	Sessions []Listed // that with the latest deadline first
	Next     string   // for the next page; "" if this is the last one
}

// A Listed is a session in a list. Its Fields are those that were asked for and
// that the session has.
type Listed struct {
	Place string
	Shard string // the server that keeps it, as its operator calls it; "" in a store with one
	Record
}

// An Ending says which of an owner's sessions to end. The zero value means all.
type Ending struct {
	Only   string // the place of the one to end
	Except string // the place of one to spare

	// Orders is how long after the call a server that does not answer now must end
	// the sessions before it serves them again: as long as one of them may live.
	// Zero leaves no order.
	Orders time.Duration

	// Progress is called now and then with the number of sessions that have ended
	// so far, if it is not nil. Calls do not overlap.
	Progress func(ended int)
}

// A PartialError means that a call reached only some of the store's servers.
type PartialError struct {
	Shards []string // those that did not answer
	// Ordered means that other servers keep an order to end what the call did not
	// reach. Within two seconds after a shard answers again, its sessions have
	// ended, also if the program that called has stopped. Logins that come more
	// than a second after the call live.
	Ordered bool
	Err     error // what happened
}

// Error names the shards.
func (e *PartialError) Error() string {
	order := ""
	if e.Ordered {
		order = " (its sessions end when it answers again)"
	}
	return fmt.Sprintf("no answer from shard %s%s: %v", strings.Join(e.Shards, ", "), order, e.Err)
}

// Unwrap returns what happened.
func (e *PartialError) Unwrap() error { return e.Err }
