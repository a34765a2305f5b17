package core

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/ringsession/ringsession/core/adapter"
)

// Errors of a [Session] on which handlers may want to branch, with [errors.Is].
var (
	// ErrGone means that the session ended, or got another id, while the request
	// ran. The request's changes are discarded.
	ErrGone = errors.New("session: gone: it ended or changed its id meanwhile")
	// ErrRenewed is an [ErrGone] of [Session.Reload] and [Session.Wait]: the session
	// lives on and got another id by a login, a Confirm, an Unlock or a Renew. The
	// browser has the new cookie, so a stream's client should connect again.
	ErrRenewed = fmt.Errorf("%w: it has another id: connect again", ErrGone)
	// ErrLocked means that the session that [Session.Wait] watches is locked; see
	// [Lifetimes].
	ErrLocked = errors.New("session: locked: nobody used it for its idle time")
	// ErrTooLarge means that the session would exceed [Options.MaxBytes] or
	// [Options.MaxKeys]. Nothing was stored. The error names both numbers.
	ErrTooLarge = errors.New("session: too large")
	// ErrTooManySessions means that a login was refused because of
	// [Options.MaxSessions] and [RefuseLogin].
	ErrTooManySessions error = &conflict{"session: the user has as many sessions as allowed"}
	// ErrTooLate means that changes were lost because they need a new cookie: a
	// session was created, renewed or logged in after the response's headers had
	// left, or after the middleware had returned.
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

// conflict is an error of a request that another of the user's sessions rules out.
type conflict struct{ text string }

func (e *conflict) Error() string { return e.text }

// HTTPStatus is what a client gets: see [adapter.HTTPStatus].
func (*conflict) HTTPStatus() adapter.Status { return http.StatusConflict }

// keyError is a use of a key that the session cannot carry out.
type keyError struct {
	op, key string
	err     error
}

func (e *keyError) Error() string { return fmt.Sprintf("session: %s %q: %v", e.op, e.key, e.err) }
func (e *keyError) Unwrap() error { return e.err }

// sizeError is the ErrTooLarge that says how large.
type sizeError struct{ error }

func (e *sizeError) Error() string        { return "session: " + e.error.Error() }
func (e *sizeError) Unwrap() error        { return e.error }
func (e *sizeError) Is(target error) bool { return target == ErrTooLarge }

// HTTPStatus is [adapter.HTTPStatus], for handlers that answer after a call failed.
func HTTPStatus(err error) int { return adapter.HTTPStatus(err) }

// ErrorText is [adapter.ErrorText], for handlers that answer after a call failed.
func ErrorText(status int) string { return adapter.ErrorText(status) }

// errNoIndex is the error of a store that cannot find a user's sessions.
var errNoIndex = errors.New("the store finds no sessions of a user: it does not implement store.UserIndex")
