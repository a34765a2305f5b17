package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A UserIndex is a [Store] that finds the sessions of an [Owner]. It finds a
// session from the moment its login is stored until it ends, on every server. A
// renewal does not hide it.
//
// If some of the store's servers do not answer, List and End do what they can
// and fail with a [PartialError].
type UserIndex interface {
	// List returns a page of the owner's sessions. It changes no session. A
	// session that begins, ends or gets another login while the pages are read
	// may or may not be on one of them. Every other session is on exactly one.
	List(ctx context.Context, of Owner, q Query) (Page, error)

	// End ends sessions of the owner, as Destroy does, and returns how many it
	// ended. Once it has returned without an error, no call finds one of them.
	// It never ends a session of another owner. It may miss a session whose
	// login came after the call. A call that is repeated after an error may
	// return a smaller number than were ended in all.
	End(ctx context.Context, of Owner, e Ending) (n int, err error)
}

// An Owner is the user, or the login at an identity provider, whose sessions a
// call is about. One of its two fields is set. An Owner with neither has no
// sessions: those of guests belong to nobody.
type Owner struct {
	User     string // who is logged in: [Login.User]
	External string // [Login.External]
}

// A Query selects a page of a list.
type Query struct {
	After  string   // [Page.Next] of the page before; "" for the first
	Limit  int      // the most sessions on a page; 0 means 100
	Fields []string // names of the fields to read
}

// A Page is a part of the list of an owner's sessions. It may be empty and
// still not be the last one.
type Page struct {
	Sessions []Listed // the latest deadline first
	Next     string   // [Query.After] for the next page; "" if this is the last one
}

// A Listed is a session in a list. Its Fields are the fields of [Query.Fields]
// that the session has.
type Listed struct {
	Place string
	Shard string // the name of the shard that keeps it; "" in a store without shards
	Record
}

// An Ending selects which of an owner's sessions to end. The zero value means
// all.
type Ending struct {
	Only   string // the place of the one to end
	Except string // the place of one to spare

	// Orders is how long an order to end the sessions stays valid. An order is
	// left for each server that does not answer now: it must end the sessions
	// before it serves them again. Set Orders to the longest time that one of
	// them may live. Zero leaves no order.
	Orders time.Duration

	// Progress is called now and then with the number of sessions that have
	// ended so far, unless it is nil. Calls do not overlap.
	Progress func(ended int)
}

// A PartialError means that a call reached only some of the store's servers.
type PartialError struct {
	Shards []string // the shards that did not answer
	// Ordered means that other servers keep an order to end the sessions that
	// the call did not reach. They end within two seconds after their shard
	// answers again, even if the program that called has stopped. The order
	// does not affect logins that come more than a second after the call.
	Ordered bool
	Err     error // the cause
}

// Error returns a sentence with the shards and the cause.
func (e *PartialError) Error() string {
	order := ""
	if e.Ordered {
		order = " (its sessions end when it answers again)"
	}
	return fmt.Sprintf("no answer from shard %s%s: %v", strings.Join(e.Shards, ", "), order, e.Err)
}

// Unwrap returns the cause.
func (e *PartialError) Unwrap() error { return e.Err }
