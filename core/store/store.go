// Package store is the contract between package core and a store, which keeps
// its sessions. Authors of a store read it; applications need only package
// core.
//
// A store keeps one [Record] for each session, under a key that never changes:
// the session's place. A record also has a fingerprint of the secret that opens
// it. A renewal replaces the fingerprint. Place and fingerprint together are an
// [ID]. A store never sees a secret, so nobody who reads the store can make a
// cookie.
//
// A type that implements [Store] is a complete store. Optional interfaces, such
// as [Placer] and [UserIndex], add to it, as in database/sql/driver: core looks
// for each of them and works without those that are missing.
//
// Package core/storetest checks every rule in this package. Package
// core/memstore is the shortest store.
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

// Memory is how long a store remembers that a session was destroyed. During
// that time no create, save or renewal that arrives late brings the session
// back. So Memory must be longer than any call can take.
const Memory = 2 * time.Minute

// Nonces is how many saves of a session a store can recognize when they are
// repeated: the latest ones.
const Nonces = 4

// An ID names a session for as long as it has the same secret. It is not secret
// itself.
type ID struct {
	Place       string // [PlaceLen] base64url characters; the same for the session's whole life
	Fingerprint string // [FingerprintLen] base64url characters; a renewal replaces it
}

// A Store keeps sessions. Each method is one atomic step on one record.
//
// A Store is safe for concurrent use. Its own clock, never the caller's,
// decides when a session ends. A call returns soon after its context is done.
// If a call fails, it may still have taken effect, unless its error is an
// [ErrNotDone]. Core repeats such a call with the same arguments. Each method
// describes what a repeated call does. Errors contain no values of a session.
//
// A method that finds no session under the ID returns one of these errors:
//   - a [GoneError], if the session was destroyed no longer than [Memory] ago,
//     or if a renewal replaced the fingerprint and the session lives on;
//   - [ErrCorrupt], if the data at the place is not a session;
//   - [ErrNotFound] otherwise: it expired, was destroyed long ago, or never
//     existed.
type Store interface {
	// Create stores a new session with the fields d.Set, the login d.Login and
	// the lifetimes d.Lifetimes. It ignores d.Clear, d.Delete and d.Nonce.
	// d.Once is nil.
	//
	// It returns [ErrExists] if the place is taken, even if only by the memory
	// of a session that was destroyed. A repeated create is recognized by its
	// ID. It succeeds and changes nothing, whatever its limits are.
	Create(ctx context.Context, id ID, d Delta) error

	// Load returns the session. It changes nothing.
	Load(ctx context.Context, id ID) (*Record, error)

	// Save applies d. It counts as a use of the session, so the idle time
	// starts anew. d.Login is empty, because a login needs a renewal.
	//
	// A repeated save is recognized by d.Nonce. It succeeds and changes
	// nothing, even if other saves came in between, up to [Nonces] in all. A
	// save with an empty nonce never counts as a repetition. Save checks the
	// fingerprint before the nonce. The nonce of a save that was refused is not
	// remembered. A save with d.Once is recognized as [Once] describes, and
	// takes no place among the nonces.
	Save(ctx context.Context, id ID, d Delta) error

	// Renew gives the session the fingerprint next and applies d. It counts as
	// a use. The deadline and the idle timeout stay, unless d has a login. A
	// repeated renewal is recognized by next. It succeeds and changes nothing.
	// Renew ignores d.Nonce.
	Renew(ctx context.Context, id ID, next string, d Delta) error

	// Refresh records a use of the session: the idle time starts anew.
	Refresh(ctx context.Context, id ID) error

	// Destroy ends the session at id.Place if it has the fingerprint. It also
	// ends it if the session was renewed no longer ago than within, because a
	// logout may be under way during a renewal. It returns the user who was
	// logged in, if it ended a session with a login.
	//
	// It returns a [GoneError] and ends nothing if the session was renewed
	// longer ago. It returns [ErrNotFound] if the session was never renewed and
	// has another fingerprint. If there is no session, that is no error.
	//
	// After a success the store remembers the end for at least [Memory], so
	// that a create that arrives late fails. A repeated destroy does not change
	// the time of the end.
	Destroy(ctx context.Context, id ID, within time.Duration) (user string, err error)
}

// A Placer is a [Store] that chooses where a new session will live. For other
// stores core chooses a random place.
type Placer interface {
	// NewPlace returns a place of [PlaceLen] base64url characters, of which at
	// least 8 are random.
	NewPlace(ctx context.Context) (string, error)
}

// Lifetimes set how long a session may live, in whole milliseconds. A record
// keeps those of its last login or, without one, of its creation.
type Lifetimes struct {
	Idle     time.Duration // from its last use
	Absolute time.Duration // from its creation or its last login, whichever is later

	// Locks means that the idle time does not end the session. It lives until
	// its deadline. When the idle time has passed, the session is locked:
	// saves, refreshes and renewals still work but no longer count as a use. A
	// renewal with [Delta.Unlock] or a login unlocks it.
	Locks bool
}

// A Login is what a record keeps of a login, besides its [Lifetimes].
type Login struct {
	User     string // "" is no login
	External string // the login's name at an identity provider; "" if there is none
	About    string // text that core adds; a store returns it unchanged
}

// Limits limit what a session holds. A change fails with a [TooLargeError], and
// changes nothing, if it would leave the session over a limit and larger than
// before. So a session over a limit can still be made smaller, renewed and
// destroyed. Zero means no limit.
type Limits struct {
	Bytes  int // of the fields' names and values
	Fields int
}

// A Delta is what one operation changes in a session: first Clear, then Delete,
// then Set, then Once. A store must not change it, and must not keep any part
// of it after the call.
type Delta struct {
	Clear  bool              // drop all fields
	Delete []string          // fields to drop
	Set    map[string]string // fields to write, values in JSON
	Login  Login             // the new login, if it has a user; Lifetimes then start anew
	Unlock bool              // for a renewal: it counts as a use of a locked session
	Nonce  string            // for a save: printable ASCII, at most 6 characters
	Once   *Once             // for a save or renewal: what must not be done twice; may be nil
	Lifetimes
	Limits

	// Guest replaces Limits if the session has no login after the change. Zero
	// means that Limits count for every session.
	Guest Limits
}

// Size returns the size of Set as [Limits] count it.
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
	Left  time.Duration // how long the session lives if nobody uses it
	Locks bool          // as in [Lifetimes]
}

// Errors that are answers of a [Store]. Callers tell them apart with
// [errors.Is]. Every other error means that the store could not do its work.
var (
	// ErrNotFound means that the store has no session under the ID.
	ErrNotFound = errors.New("not found")
	// ErrExists means that a create found its place taken.
	ErrExists = errors.New("the place is taken")
	// ErrCorrupt means that the data at the place is not a session.
	ErrCorrupt = errors.New("corrupt record")
	// ErrTaken means that a field of [Once.Take] is not there.
	ErrTaken = errors.New("a field was taken meanwhile")
	// ErrForgotten means that a store cannot tell whether it has already
	// applied a save with [Delta.Once]. This call changed nothing.
	ErrForgotten = errors.New("unknown whether an earlier attempt was applied")
	// ErrNotDone means that a call certainly had no effect, and that repeating
	// it at once is useless: the store knows that a server is down, or the
	// server refused. The error of such a call wraps ErrNotDone.
	ErrNotDone = errors.New("not done")
)

// A GoneError means that the session under the ID ended, or got another
// fingerprint.
type GoneError struct {
	Ago     time.Duration // since its end or its latest renewal, by the store's clock
	Renewed bool          // it lives on under another fingerprint
}

// Error returns a sentence with what happened and when.
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

// Error returns a sentence with both numbers.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("too large: %d %s, the limit is %d", e.Size, e.Unit, e.Limit)
}
