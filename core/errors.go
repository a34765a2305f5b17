package core

import (
	"errors"
	"fmt"
	"net/http"
)

// Errors of a [Session] that are the program's to avoid.
var (
	// ErrTooLarge says that the session would exceed [Options.MaxBytes].
	ErrTooLarge = errors.New("session: too large")
	// ErrTooLate says that changes were lost because they need a new cookie, and the response's headers have left: a session
	// was created, renewed or logged in after them.
	ErrTooLate = errors.New("session: too late: the headers have left without the cookie that this change needs")
)

// storeError is a call that the store could not carry out.
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
type sizeError struct{ size, limit int }

func (e *sizeError) Error() string {
	return fmt.Sprintf("session: too large: %d bytes of keys and values, the limit is %d", e.size, e.limit)
}
func (e *sizeError) Is(target error) bool { return target == ErrTooLarge }

// HTTPStatus returns the status with which to answer a request that failed with
// an error of this package: that of a [Refusal], 503 Service Unavailable if the
// store could not do its work, else 500 Internal Server Error.
func HTTPStatus(err error) int {
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		return refusal.Status
	}
	if se := (*storeError)(nil); errors.As(err, &se) {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
