package adapter

import (
	"errors"
	"net/http"
)

// A Refusal is the error of a request that must not reach its handler.
// [NewAnswer] makes the answer to it.
type Refusal struct {
	Status   int    // 303 or 401 without a login; 403 for another origin; 204 for a CORS preflight
	Location string // the target of a 303
	Reason   string // for operators
	Needs    Need   // what a login lacks
}

// A Need is what a core.Guard requires and a login lacks. It is the field needs
// in the JSON body that a program gets.
type Need string

// What a login may lack.
const (
	NeedLogin  Need = "login"  // nobody is logged in
	NeedUnlock Need = "unlock" // the session is locked
	NeedLevel  Need = "level"  // the login has a lower level than core.Guard.Level
	NeedFresh  Need = "fresh"  // the login is older than core.Guard.MaxAge
)

// Error returns the reason for the refusal.
func (r *Refusal) Error() string { return "session: " + r.Reason }

// A Status is an HTTP status. Because it is a type of its own, an error has to
// choose a status for [HTTPStatus] on purpose.
type Status int

// HTTPStatus returns the status for the answer to a request that failed with
// err. A [Refusal] has its own status. An error with a method HTTPStatus()
// Status chooses the status, even if err only wraps it. Every other error gets
// 500 Internal Server Error. Package core uses 503 Service Unavailable for a
// store that could not do its work, and 409 Conflict for
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
