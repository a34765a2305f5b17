package adapter

import (
	"errors"
	"net/http"
)

// A Refusal is the error of a request that must not reach its handler.
// [NewAnswer] says how to answer it.
type Refusal struct {
	Status   int    // 303 or 401 without a login; 403 for another origin; 204 for a CORS preflight
	Location string // of a 303
	Reason   string // for operators
	Needs    Need   // what a login lacks
}

// A Need is what a core.Guard wants from a user, in the field needs of the JSON body
// that a program gets.
type Need string

// What a login may lack.
const (
	NeedLogin  Need = "login"  // nobody is logged in
	NeedUnlock Need = "unlock" // the session is locked
	NeedLevel  Need = "level"  // the login has a lower level than core.Guard.Level
	NeedFresh  Need = "fresh"  // the login is older than core.Guard.MaxAge
)

// Error says why the request was refused.
func (r *Refusal) Error() string { return "session: " + r.Reason }

// A Status is an HTTP status. It is a type so that only errors that mean to can
// choose one for [HTTPStatus].
type Status int

// HTTPStatus returns the status with which to answer a request that failed with
// err: that of a [Refusal]; that which err or an error that it wraps returns by a
// method HTTPStatus() Status; else 500 Internal Server Error. Package core has 503
// Service Unavailable for a store that could not do its work, and 409 Conflict for
// core.ErrTooManySessions.
func HTTPStatus(err error) int {
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		return refusal.Status
	}
	if e := (interface{ HTTPStatus() Status })(nil); errors.As(err, &e) {
		return int(e.HTTPStatus())
	}
	return http.StatusInternalServerError
}
