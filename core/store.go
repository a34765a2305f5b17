package core

import (
	"context"
	"errors"
	"time"
)

// Errors that a [Store] returns for what it found; every other error means that the store could not do its work. Callers
// tell them apart with [errors.Is].
var (
	// ErrNotFound says that no session is stored under the id: it expired, was destroyed, or never was.
	ErrNotFound = errors.New("session: not found")
	// ErrGone says that a session which was to be changed is not there any more: a logout or a renewal came first. What was
	// to be saved is discarded.
	ErrGone = errors.New("session: gone: it ended or changed its id meanwhile")
	// ErrRenewed is the ErrNotFound and the ErrGone of an id that was renewed a moment ago: the session lives on under
	// another id, so nothing may be created in its stead.
	ErrRenewed error = renewed{}
	// ErrExists says that a create or a renewal met another session under its id.
	ErrExists = errors.New("session: the id is taken")
	// ErrCorrupt says that what is stored under the id is not a session.
	ErrCorrupt = errors.New("session: corrupt record")
)

type renewed struct{}

func (renewed) Error() string { return "session: gone: it has been renewed to another id" }

func (renewed) Is(target error) bool { return target == ErrGone || target == ErrNotFound }

// RenewGrace is how long a store remembers that an id was renewed. Requests that were already on their way with the old id
// find it marked for that long.
const RenewGrace = 20 * time.Second

// A Store keeps sessions. Each method is one atomic step on one session; core/storetest checks every rule given here.
//
// A Store is safe for concurrent use. Its own clock, never the caller's, decides when a session ends. A call returns soon
// after its context is done. A failed call may have taken effect, and any call may be repeated by the transport below:
// repeating it changes nothing more.
type Store interface {
	// NewPlace chooses where a new session will live: [PlaceLen] base64url characters.
	NewPlace(ctx context.Context) (string, error)

	// Create stores a new session whose fields are d.Set and whose user is d.Login; there is nothing yet for Clear and Delete.
	// It fails with [ErrExists] if the id is taken, also by the mark of a renewal, unless by this very create: the same id and
	// nonce.
	Create(ctx context.Context, id ID, nonce string, d Delta) error

	// Load returns the session, or [ErrNotFound], [ErrRenewed] or [ErrCorrupt]. It changes nothing and creates nothing.
	Load(ctx context.Context, id ID) (*Record, error)

	// Save applies d to the session if it still exists, and extends its life; else it fails with [ErrGone], or with
	// [ErrRenewed] if the id was renewed. d.Login is empty: a login renews.
	Save(ctx context.Context, id ID, d Delta) error

	// Renew applies d and moves the session to the id next, which has the same place, and marks the old id for
	// [RenewGrace]. It fails as Save does, with [ErrExists] if next is taken, and succeeds if this very renewal was done
	// before. The absolute deadline stays, unless d logs someone in.
	Renew(ctx context.Context, id, next ID, d Delta) error

	// Refresh extends the life of the session if it still exists, else it does nothing.
	Refresh(ctx context.Context, id ID, l Lifetimes) error

	// Destroy ends the session, under whatever id it has by now: it follows the marks that renewals left. A session that is
	// not there is no error.
	Destroy(ctx context.Context, id ID) error
}

// Lifetimes say how long a session may live, in milliseconds exactly.
type Lifetimes struct {
	Idle     time.Duration // from its last use
	Absolute time.Duration // from its creation or its last login, whichever is later
}

// A Delta is what one request changes in a session: first Clear, then Delete, then Set. A store only reads it, and keeps
// nothing of it when the call has ended.
type Delta struct {
	Clear  bool              // drop all fields
	Delete []string          // fields to drop
	Set    map[string]string // fields to write, values in JSON
	Login  string            // user to log in, which restarts the absolute lifetime; "" changes neither
	Lifetimes
}

// A Record is a stored session as [Store.Load] found it. It belongs to the caller.
type Record struct {
	User     string            // "" for a session without login
	Fields   map[string]string // values in JSON
	Created  time.Time         // by the store's clock
	LoggedIn time.Time         // by the store's clock; zero without login
	Deadline time.Time         // by the store's clock: the absolute end

	// Idle is the time left until the session ends if nobody uses it.
	Idle time.Duration
	// Final says that Idle reaches up to the absolute deadline, so that no refresh can extend it.
	Final bool
}
