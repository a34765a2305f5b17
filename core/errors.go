package core

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/ringsession/ringsession/core/adapter"
)

// Errors of a [Session] that handlers may want to tell apart, with [errors.Is].
var (
	// ErrGone means that the session ended, or got another id, while the
	// request ran. The request's changes are discarded.
	ErrGone = errors.New("session: gone: it ended or changed its id meanwhile")
	// ErrRenewed means that the session lives on under another id, because of a
	// login, a Confirm, an Unlock or a Renew. [Session.Reload] and
	// [Session.Wait] return it. It matches [ErrGone]. The browser already has
	// the new cookie, so a stream's client should connect again.
	ErrRenewed = fmt.Errorf("%w: it has another id: connect again", ErrGone)
	// ErrLocked means that the session is locked; see [Lifetimes].
	// [Session.Wait] returns it.
	ErrLocked = errors.New("session: locked: nobody used it for its idle time")
	// ErrTooLarge means that the session would exceed [Options.MaxBytes] or
	// [Options.MaxKeys]. Nothing was stored. The error's text has the size and
	// the limit.
	ErrTooLarge = errors.New("session: too large")
	// ErrTooManySessions means that a login was refused because of
	// [Options.MaxSessions] and [RefuseLogin].
	ErrTooManySessions error = &conflict{"session: the user has as many sessions as allowed"}
	// ErrTooLate means that changes were lost because they need a new cookie: a
	// session was created, renewed or logged in after the response's headers
	// had left, or after the middleware had returned.
	ErrTooLate = errors.New("session: too late: this change needs a new cookie, " +
		"and the headers have left or the middleware has returned")
)

// storeError is an operation that the store could not carry out.
type storeError struct {
	op  string
	err error
}

func (e *storeError) Error() string { return "session: " + e.op + ": " + e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// HTTPStatus is what a client gets: see [adapter.HTTPStatus].
func (*storeError) HTTPStatus() adapter.Status { return http.StatusServiceUnavailable }

// conflict is the error of a request that the user's other sessions make
// impossible.
type conflict struct{ text string }

func (e *conflict) Error() string { return e.text }

// HTTPStatus is what a client gets: see [adapter.HTTPStatus].
func (*conflict) HTTPStatus() adapter.Status { return http.StatusConflict }

// keyError means that the session cannot do what was asked with a key.
type keyError struct {
	op, key string
	err     error
}

func (e *keyError) Error() string { return fmt.Sprintf("session: %s %q: %v", e.op, e.key, e.err) }
func (e *keyError) Unwrap() error { return e.err }

// sizeError is an ErrTooLarge with the size and the limit.
type sizeError struct{ error }

func (e *sizeError) Error() string        { return "session: " + e.error.Error() }
func (e *sizeError) Unwrap() error        { return e.error }
func (e *sizeError) Is(target error) bool { return target == ErrTooLarge }

// HTTPStatus returns the status for an error, for handlers that write the
// answer after a call failed. It is [adapter.HTTPStatus].
func HTTPStatus(err error) int { return adapter.HTTPStatus(err) }

// ErrorText returns a sentence for the client, for handlers that write the
// answer after a call failed. It is [adapter.ErrorText].
func ErrorText(status int) string { return adapter.ErrorText(status) }

// errNoIndex means that the store cannot find a user's sessions.
var errNoIndex = errors.New(
	"the store finds no sessions of a user: it does not implement store.UserIndex")
