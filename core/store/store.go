// Package store is the contract between package core and whatever keeps its
// sessions. Authors of a store read this page; applications need only package
// core.
//
// A store keeps one [Record] for a session's whole life, under a key that never
// changes: the session's place. A record also has the fingerprint of the secret
// that opens it. A renewal replaces the fingerprint. Together they are an [ID].
// A store never sees a secret, so whoever reads the store can make no cookie.
//
// A type that implements [Store] is a whole store. Optional interfaces, such as
// [Placer], add to it, as in database/sql/driver: core looks for each of them
// and does without where it is missing.
//
// Package core/storetest checks every rule given here. Package core/memstore is
// the shortest store there is.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Lengths of the parts of an [ID], in characters of the base64url alphabet.
const (
	PlaceLen       = 12
	FingerprintLen = 22 // 132 bits of SHA-256
)

// Memory is how long a store remembers that a session was destroyed. It must be
// longer than any call can be on its way: until then no create, save or renewal
// that comes late brings the session back.
const Memory = 2 * time.Minute

// Nonces is how many saves of a session a store can recognize when they are
// repeated: the last ones.
const Nonces = 4

// An ID names a session as long as it has one secret. It is not secret itself.
type ID struct {
	Place       string // [PlaceLen] base64url characters; the same for the session's whole life
	Fingerprint string // [FingerprintLen] base64url characters; a renewal replaces it
}

// A Store keeps sessions. Each method is one atomic step on one record.
//
// A Store is safe for concurrent use. Its own clock, never the caller's, decides
// when a session ends. A call returns soon after its context is done. A failed
// call may have taken effect unless its error is an [ErrNotDone]. Core repeats
// such a call with the same arguments, and each method says what a repeated call
// does. Errors hold no values of a session.
//
// Where a method finds no session under the ID, it fails with one of these:
//   - a [GoneError] if the session was destroyed no longer than [Memory] ago, or
//     if a renewal replaced the fingerprint and the session lives on;
//   - [ErrNotFound] otherwise: it expired, was destroyed long ago, or never was.
//   - [ErrCorrupt] if what is kept at the place is no session.
type Store interface {
	// Create stores a new session whose fields are d.Set, whose login is d.Login and
	// whose lifetimes are d.Lifetimes. There is nothing yet for d.Clear and d.Delete,
	// and d.Once is nil.
	// It fails with [ErrExists] if the place is taken, also by the memory of a
	// session that was destroyed. A repeated create, known by its ID, succeeds and
	// changes nothing, whatever limits it brings. It ignores d.Nonce.
	Create(ctx context.Context, id ID, d Delta) error

	// Load returns the session. It changes nothing.
	Load(ctx context.Context, id ID) (*Record, error)

	// Save applies d and counts as a use of the session, from which the idle time
	// runs anew. d.Login is empty: a login renews. A repeated save, known by d.Nonce, succeeds and changes
	// nothing, though others may have saved since (up to [Nonces] in all). A save
	// with the empty nonce is never taken for a repetition. The fingerprint counts
	// before the nonce, and a nonce that was refused is as if never sent. A save
	// with d.Once is recognized as [Once] says, and pushes no other out of the last.
	Save(ctx context.Context, id ID, d Delta) error

	// Renew gives the session the fingerprint next, applies d and counts as a use.
	// The deadline and the idle timeout stay, unless d logs somebody in. A repeated
	// renewal, known by next, succeeds and changes nothing. It ignores d.Nonce.
	Renew(ctx context.Context, id ID, next string, d Delta) error

	// Refresh counts as a use of the session.
	Refresh(ctx context.Context, id ID) error

	// Destroy ends the session at id.Place if it has the fingerprint, or if it was
	// renewed no longer ago than within: a logout that was on its way during a
	// renewal must not miss. It returns the user who was logged in, if it ended a
	// session that had one. Of a session that was renewed longer ago it ends nothing
	// and fails with a [GoneError], and of one that never had the fingerprint, with
	// [ErrNotFound]. A session that is not there is no error. After a success the
	// store remembers the end for [Memory] or longer, so that a create that comes
	// late fails; a repeated destroy does not change when the end was.
	Destroy(ctx context.Context, id ID, within time.Duration) (user string, err error)
}

// A Placer is a [Store] that chooses where a new session will live. For other
// stores core chooses a random place.
type Placer interface {
	// NewPlace returns a place of [PlaceLen] base64url characters, of which at least
	// 8 are random.
	NewPlace(ctx context.Context) (string, error)
}

// Lifetimes say how long a session may live, in milliseconds exactly. A record
// keeps those of its creation or, if there was one, of its last login.
type Lifetimes struct {
	Idle     time.Duration // from its last use
	Absolute time.Duration // from its creation or its last login, whichever is later

	// Locks means that the idle time does not end the session, which then lives until
	// its deadline. When the idle time has passed, the session is locked: saves,
	// refreshes and renewals work and no longer count as a use, until a renewal has
	// [Delta.Unlock] or a login.
	Locks bool
}

// A Login is what a record keeps of a login, beside its [Lifetimes].
type Login struct {
	User     string // "" is no login
	External string // what an identity provider calls this login; "" if there is none
	About    string // what core adds; a store gives it back as it is
}

// Limits bound what a session holds. A change that would leave it over a limit,
// and larger than it was, fails with a [TooLargeError] and changes nothing. So a
// session over a limit can still be made smaller, renewed and destroyed. Zero
// means no limit.
type Limits struct {
	Bytes  int // of the fields' names and values
	Fields int
}

// A Delta is what one operation changes in a session: first Clear, then Delete,
// then Set, then Once. A store only reads it, and keeps nothing of it when the call
// has ended.
type Delta struct {
	Clear  bool              // drop all fields
	Delete []string          // fields to drop
	Set    map[string]string // fields to write, values in JSON
	Login  Login             // replaces the record's login and starts Lifetimes anew, if it has a user
	Unlock bool              // of a renewal: it is a use although the session is locked
	Nonce  string            // of a save: printable ASCII, at most 6 characters
	Once   *Once             // of a save or renewal: what must not be done twice; nil if nothing is so
	Lifetimes
	Limits

	// Guest are the limits, in place of Limits, if the session has no login after the
	// change. Zero means that Limits count for every session.
	Guest Limits
}

// Size returns what Set holds, as [Limits] count it.
func (d Delta) Size() Limits {
	size := Limits{Fields: len(d.Set)}
	for name, value := range d.Set {
		size.Bytes += len(name) + len(value)
	}
	return size
}

// Check returns a [TooLargeError] if a session that held size would be over the
// limits and larger than it was before.
func (l Limits) Check(size, before Limits) error {
	if l.Bytes > 0 && size.Bytes > max(l.Bytes, before.Bytes) {
		return &TooLargeError{Size: size.Bytes, Limit: l.Bytes, Unit: "bytes of keys and values"}
	}
	if l.Fields > 0 && size.Fields > max(l.Fields, before.Fields) {
		return &TooLargeError{Size: size.Fields, Limit: l.Fields, Unit: "keys"}
	}
	return nil
}

// A Record is a stored session as [Store.Load] found it. It belongs to the
// caller. Its times are by the store's clock.
type Record struct {
	Login                      // the zero Login for a session without one
	Fields   map[string]string // values in JSON
	Created  time.Time
	LoggedIn time.Time // zero without login
	Used     time.Time // the last use
	Deadline time.Time // the absolute end
	Now      time.Time // when the record was read

	Idle  time.Duration // the idle timeout
	Left  time.Duration // until the session ends if nobody uses it; not past the deadline
	Locks bool          // as in [Lifetimes]
}

// Errors that a [Store] returns for what it found. Callers tell them apart with
// [errors.Is]. Every other error means that the store could not do its work.
var (
	// ErrNotFound means that the store has no session under the ID.
	ErrNotFound = errors.New("not found")
	// ErrExists means that a create met another session at its place.
	ErrExists = errors.New("the place is taken")
	// ErrCorrupt means that what is stored at the place is not a session.
	ErrCorrupt = errors.New("corrupt record")
	// ErrTaken means that a field of [Once.Take] is not there.
	ErrTaken = errors.New("a field was taken meanwhile")
	// ErrForgotten means that a store cannot tell whether it has applied a save with
	// [Delta.Once] before. This call changed nothing.
	ErrForgotten = errors.New("unknown whether an earlier attempt was applied")
	// ErrNotDone is wrapped by the error of a call that certainly had no effect, and
	// which it is of no use to repeat at once: the store knows that a server is down,
	// or the server refused.
	ErrNotDone = errors.New("not done")
)

// A GoneError means that the session under the ID ended, or got another
// fingerprint, a while ago.
type GoneError struct {
	Ago     time.Duration // since its end or its latest renewal, by the store's clock
	Renewed bool          // it lives on under another fingerprint
}

// Error says what happened and when.
func (e *GoneError) Error() string {
	if e.Renewed {
		return fmt.Sprintf("gone: its id was renewed %v ago", e.Ago)
	}
	return fmt.Sprintf("gone: it was destroyed %v ago", e.Ago)
}

// A TooLargeError means that a change was refused because of [Limits].
type TooLargeError struct {
	Size, Limit int
	Unit        string // what both count
}

// Error names both numbers.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("too large: %d %s, the limit is %d", e.Size, e.Unit, e.Limit)
}
