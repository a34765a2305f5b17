package faults

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/storemodel"
)

const (
	callTimeout = time.Second
	// maxUnknowns is how many changes of one session may have an unknown outcome; then
	// it is only read, because every one of them doubles what the checker has to try.
	maxUnknowns = 5
	// familyLife bounds a family whose calls hang, so that no end is forgotten before
	// all changes are done.
	familyLife = store.Memory / 10
)

// A family is one session under all the IDs that it may have, at one place:
// several clients work on it, and it shares nothing with others.
type family struct {
	number int
	shard  string
	ids    []store.ID
	every  time.Duration // from one call of a client to its next
	pause  time.Duration // before a call is repeated
	user   string        // whose session it is, of an account

	mu       sync.Mutex
	calls    []call
	created  bool
	creates  int
	current  int // the latest id that a renewal was acknowledged for
	used     int // so many ids were given out
	unknowns int
}

// newFamily takes a place from the store.
func newFamily(ctx context.Context, on store.Placer, number int) (*family, error) {
	place, err := on.NewPlace(ctx)
	if err != nil {
		return nil, err
	}
	f := &family{number: number, used: 1}
	for range idCount {
		f.ids = append(f.ids, store.ID{Place: place, Fingerprint: rand.Text()[:store.FingerprintLen]})
	}
	return f, nil
}

// mix is how often out of 100 each step is taken, in the first half of a family's life and in the second.
var mix = []struct {
	op          string
	first, then int
}{{"load", 42, 40}, {"save", 28, 24}, {"renew", 9, 7}, {"login", 9, 7}, {"refresh", 10, 8}, {"destroy", 2, 14}}

// plan decides what the client does next. It returns false when there is nothing to do.
func (f *family) plan(rng *mathrand.Rand, client, turn, turns int) (step, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	value := fmt.Sprintf("f%d.%d.%d", f.number, client, turn)
	if !f.created && client == 0 {
		f.creates++
		return step{Op: "create", Set: [storemodel.Keys]string{value}}, f.creates <= 4
	}
	s := step{Op: "load", ID: f.current}
	if rng.IntN(5) == 0 {
		s.ID = rng.IntN(f.used)
	}
	if !f.created || f.unknowns >= maxUnknowns {
		return s, true
	}
	op := pick(rng, turn > turns/2)
	if (op == "renew" || op == "login") && f.used == idCount {
		op = "save"
	}
	if f.user != "" && (op == "login" || op == "destroy") {
		op = "load" // nothing but the end of the account ends it
	}
	switch s.Op = op; op {
	case "renew", "login":
		s.Op, s.Next = "renew", f.used
		f.used++
	case "destroy":
		s.Within = time.Duration(rng.IntN(2)) * familyLife
	}
	if op == "login" {
		s.Login = value
	}
	if op == "save" {
		s.Nonce = fmt.Sprintf("%d.%d", client, turn)
	}
	if op == "save" || op == "login" {
		randomContents(&s, rng, value)
	}
	return s, true
}

// pick chooses a step from the mix.
func pick(rng *mathrand.Rand, late bool) string {
	n := rng.IntN(100)
	for _, m := range mix {
		share := m.first
		if late {
			share = m.then
		}
		if n -= share; n < 0 {
			return m.op
		}
	}
	panic("the mix is less than 100")
}

// randomContents gives a change random contents.
func randomContents(s *step, rng *mathrand.Rand, value string) {
	s.Clear = rng.IntN(10) == 0
	for i := range storemodel.Keys {
		s.Drop[i] = rng.IntN(6) == 0
		if rng.IntN(2) == 0 {
			s.Set[i] = value
		}
	}
}

// do carries out the step and records it. A change of unknown outcome is
// repeated once, word for word, as core does, but not at once: the other client
// shall have time to write something that the repetition must not undo.
func (f *family) do(on store.Store, clock func() time.Duration, client int, s step) call {
	c := f.attempt(on, clock, client, s)
	if c.Outcome == unknown && s.Op != "load" {
		time.Sleep(f.pause)
		c = f.attempt(on, clock, client, s)
	}
	return c
}

// attempt makes one call and records it.
func (f *family) attempt(on store.Store, clock func() time.Duration, client int, s step) call {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	c := call{Client: client, Step: s, Begin: clock()}
	c.Reply = s.Do(ctx, on, f.ids)
	c.End = clock()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, c)
	switch {
	case c.Outcome == unknown && s.Op != "load":
		f.unknowns++
	case c.Outcome == ok && s.Op == "create":
		f.created = true
	case c.Outcome == ok && s.Op == "renew":
		f.current = max(f.current, s.Next)
	}
	return c
}

// age returns how long the family has lived.
func (f *family) age(now time.Duration) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.calls) == 0 {
		return 0
	}
	return now - f.calls[0].Begin
}

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
