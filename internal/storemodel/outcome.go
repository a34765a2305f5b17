package storemodel

import (
	"errors"

	"github.com/ringsession/ringsession/core/store"
)

// An Outcome is what a call's error says, as the contract tells errors apart.
type Outcome string

// The outcomes of a call.
const (
	OK       Outcome = "ok"
	NotFound Outcome = "ErrNotFound"
	Gone     Outcome = "GoneError of a destroyed session"
	Renewed  Outcome = "GoneError of a renewed session"
	Exists   Outcome = "ErrExists"
	TooLarge Outcome = "TooLargeError"
	NoCount  Outcome = "CountError"
	Taken    Outcome = "ErrTaken"
	// Forgotten means that it is unknown whether an earlier attempt took effect.
	Forgotten Outcome = "ErrForgotten"
	Corrupt   Outcome = "ErrCorrupt"
	// Refused means that the call certainly had no effect.
	Refused Outcome = "ErrNotDone"
	// Unknown means that the call may have taken effect, or may still do so.
	Unknown Outcome = "another error"
)

// OutcomeOf returns what the error of a [store.Store] says.
func OutcomeOf(err error) Outcome {
	var gone *store.GoneError
	var large *store.TooLargeError
	switch {
	case err == nil:
		return OK
	case errors.As(err, &gone) && gone.Renewed:
		return Renewed
	case errors.As(err, &gone):
		return Gone
	case errors.As(err, &large):
		return TooLarge
	case errors.As(err, new(*store.CountError)):
		return NoCount
	case errors.Is(err, store.ErrTaken):
		return Taken
	case errors.Is(err, store.ErrForgotten):
		return Forgotten
	case errors.Is(err, store.ErrNotFound):
		return NotFound
	case errors.Is(err, store.ErrExists):
		return Exists
	case errors.Is(err, store.ErrCorrupt):
		return Corrupt
	case errors.Is(err, store.ErrNotDone):
		return Refused
	}
	return Unknown
}

// Failed reports whether the store could not do its work.
func (o Outcome) Failed() bool { return o == Refused || o == Unknown }
