package faultlab

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/ringsession/ringsession/core"
)

const (
	callTimeout = time.Second
	// maxUnknowns is how many changes of one session may have an unknown outcome; then it is only read, because every one of them
	// doubles what the checker has to try.
	maxUnknowns = 5
	// familyLife bounds a family whose calls hang, so that no mark of a renewal is over before all changes are done.
	familyLife = core.RenewGrace / 2
)

// A family is one session under all the ids that it may have: several clients work on it, and it shares nothing with others.
type family struct {
	number int
	shard  string
	ids    []core.ID

	mu       sync.Mutex
	calls    []call
	created  bool
	creates  int
	current  int // the latest id that a renewal was acknowledged for
	used     int // so many ids were given out
	unknowns int
}

// newFamily takes a place from the store.
func newFamily(ctx context.Context, store core.Store, number int) (*family, error) {
	place, err := store.NewPlace(ctx)
	if err != nil {
		return nil, err
	}
	f := &family{number: number, used: 1}
	for range idCount {
		secret := make([]byte, core.SecretLen/4*3)
		if _, err := rand.Read(secret); err != nil {
			return nil, err
		}
		id, err := core.ParseID(place + base64.RawURLEncoding.EncodeToString(secret))
		if err != nil {
			return nil, err
		}
		f.ids = append(f.ids, id)
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
		return step{op: "create", set: [keyCount]string{value}}, f.creates <= 4
	}
	s := step{op: "load", id: f.current}
	if rng.IntN(5) == 0 {
		s.id = rng.IntN(f.used)
	}
	if !f.created || f.unknowns >= maxUnknowns {
		return s, true
	}
	s.op = pick(rng, turn > turns/2)
	switch s.op {
	case "renew", "login":
		if f.used == idCount {
			s.op = "save"
			break
		}
		s.next = f.used
		f.used++
	}
	if s.op == "login" {
		s.user = value
	}
	if s.op == "save" || s.op == "login" {
		s.fill(rng, value)
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

// fill gives a change random contents.
func (s *step) fill(rng *mathrand.Rand, value string) {
	s.clear = rng.IntN(10) == 0
	for i := range keyCount {
		s.drop[i] = rng.IntN(6) == 0
		if rng.IntN(2) == 0 {
			s.set[i] = value
		}
	}
}

// do carries out the step and records it.
func (f *family) do(store core.Store, clock func() time.Duration, client int, s step) call {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	c := call{client: client, step: s, begin: clock()}
	c.reply = s.do(ctx, store, f.ids)
	c.end = clock()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, c)
	switch {
	case c.outcome == unknown && s.op != "load":
		f.unknowns++
	case c.outcome == ok && s.op == "create":
		f.created = true
	case c.outcome == ok && (s.op == "renew" || s.op == "login"):
		f.current = max(f.current, s.next)
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
	return now - f.calls[0].begin
}
