package faults

import (
	"time"

	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/storemodel"
)

// What clients do and see is in the words of the model of the contract.
type (
	call    = storemodel.Call
	step    = storemodel.Step
	reply   = storemodel.Reply
	outcome = storemodel.Outcome
)

const (
	ok       = storemodel.OK
	notFound = storemodel.NotFound
	gone     = storemodel.Gone
	renewed  = storemodel.Renewed
	exists   = storemodel.Exists
	corrupt  = storemodel.Corrupt
	refused  = storemodel.Refused
	unknown  = storemodel.Unknown
)

// idCount is how many IDs a session can have one after the other.
const idCount = 6

// A shardStore is a store that chooses the places of its sessions.
type shardStore interface {
	store.Store
	store.Placer
}

func outcomeOf(err error) outcome { return storemodel.OutcomeOf(err) }

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
