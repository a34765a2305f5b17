package core

import (
	"errors"
	"fmt"
	"net/http"
)

// Errors of a [Session] on which handlers may want to branch, with [errors.Is].
var (
	// ErrGone means that the session ended, or got another id, while the request
	// ran. The request's changes are discarded.
	ErrGone = errors.New("session: gone: it ended or changed its id meanwhile")
	// ErrTooLarge means that the session would exceed [Options.MaxBytes] or
	// [Options.MaxKeys]. Nothing was stored. The error names both numbers.
	ErrTooLarge = errors.New("session: too large")
	// ErrTooManySessions means that a login was refused because of
	// [Options.MaxSessions] and [RefuseLogin].
	ErrTooManySessions = errors.New("session: the user has as many sessions as allowed")
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

// HTTPStatus returns the status with which to answer a request that failed with
// an error of this package: that of a [Refusal], 409 Conflict for
// [ErrTooManySessions], 503 Service Unavailable if the store could not do its work,
// else 500 Internal Server Error.
func HTTPStatus(err error) int {
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		return refusal.Status
	}
	if se := (*storeError)(nil); errors.As(err, &se) {
		return http.StatusServiceUnavailable
	}
	if errors.Is(err, ErrTooManySessions) {
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}
