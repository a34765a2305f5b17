// Package memstore keeps sessions in memory: for unit tests and for programs of a single process. Its sessions end with the
// process.
//
//	store := memstore.New()
//	sessions, err := core.New(store, secret, nil)
//
// It keeps the same promises as the store on Redis, so a handler that works with it works there.
package memstore

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/ringsession/ringsession/core"
)

// place is where every session lives.
const place = "memorymemory"

// sweepMin is the least number of records at which those that nobody asked for again are swept.
const sweepMin = 256

// A Store is a [core.Store] in memory. The zero value is an empty store. It is safe for concurrent use.
type Store struct {
	mu      sync.Mutex
	records map[core.ID]*record
	sweepAt int // number of records at which to sweep next
	ahead   time.Duration
}

// record is a session, or the mark of one that was renewed.
type record struct {
	core.Record
	nonce   string
	expires time.Time
	renewed core.ID // of a mark: where the session went
}

// New returns an empty store.
func New() *Store { return new(Store) }

// Advance moves the store's clock forward, so that tests of timeouts need not wait.
func (s *Store) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

// Len returns the number of live sessions.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	n := 0
	for _, r := range s.records {
		if r.renewed.IsZero() {
			n++
		}
	}
	return n
}

// NewPlace returns the same place always.
func (s *Store) NewPlace(context.Context) (string, error) { return place, nil }

// Create implements [core.Store].
func (s *Store) Create(ctx context.Context, id core.ID, nonce string, d core.Delta) error {
	return s.do(ctx, func(now time.Time) error {
		if r := s.find(id, now); r != nil {
			if r.renewed.IsZero() && r.nonce == nonce {
				return nil
			}
			return core.ErrExists
		}
		r := &record{nonce: nonce, Record: core.Record{Created: now, Deadline: now.Add(d.Absolute)}}
		r.apply(d, now)
		s.put(id, r)
		return nil
	})
}

// Load implements [core.Store].
func (s *Store) Load(ctx context.Context, id core.ID) (found *core.Record, err error) {
	err = s.do(ctx, func(now time.Time) error {
		r := s.find(id, now)
		switch {
		case r == nil:
			return core.ErrNotFound
		case !r.renewed.IsZero():
			return core.ErrRenewed
		}
		copied := r.Record
		copied.Fields = maps.Clone(r.Fields)
		copied.Idle = r.expires.Sub(now)
		found = &copied
		return nil
	})
	return found, err
}

// Save implements [core.Store].
func (s *Store) Save(ctx context.Context, id core.ID, d core.Delta) error {
	return s.do(ctx, func(now time.Time) error {
		r, err := s.alive(id, now)
		if err == nil {
			r.apply(d, now)
		}
		return err
	})
}

// Renew implements [core.Store].
func (s *Store) Renew(ctx context.Context, id, next core.ID, d core.Delta) error {
	return s.do(ctx, func(now time.Time) error {
		if r := s.find(id, now); r != nil && r.renewed == next {
			return nil
		}
		r, err := s.alive(id, now)
		if err != nil {
			return err
		}
		if s.find(next, now) != nil {
			return core.ErrExists
		}
		r.apply(d, now)
		s.put(next, r)
		s.put(id, &record{renewed: next, expires: now.Add(core.RenewGrace)})
		return nil
	})
}

// Refresh implements [core.Store].
func (s *Store) Refresh(ctx context.Context, id core.ID, l core.Lifetimes) error {
	return s.do(ctx, func(now time.Time) error {
		if r, err := s.alive(id, now); err == nil {
			r.extend(l, now)
		}
		return nil
	})
}

// Destroy implements [core.Store].
func (s *Store) Destroy(ctx context.Context, id core.ID) error {
	return s.do(ctx, func(now time.Time) error {
		r := s.find(id, now)
		for r != nil && !r.renewed.IsZero() {
			id = r.renewed
			r = s.find(id, now)
		}
		delete(s.records, id)
		return nil
	})
}

// do runs one step of the store at one moment.
func (s *Store) do(ctx context.Context, step func(now time.Time) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return step(s.now())
}

func (s *Store) now() time.Time { return time.Now().Add(s.ahead) }

// find returns the record or mark under the id unless its time is over.
func (s *Store) find(id core.ID, now time.Time) *record {
	r := s.records[id]
	if r == nil || !now.Before(r.expires) {
		return nil
	}
	return r
}

// alive returns the session under the id, to be changed.
func (s *Store) alive(id core.ID, now time.Time) (*record, error) {
	r := s.find(id, now)
	switch {
	case r == nil:
		return nil, core.ErrGone
	case !r.renewed.IsZero():
		return nil, core.ErrRenewed
	}
	return r, nil
}

func (s *Store) put(id core.ID, r *record) {
	if s.records == nil {
		s.records = make(map[core.ID]*record)
	}
	// At most half of the records are dead then, and each put pays for two of them.
	if len(s.records) >= max(s.sweepAt, sweepMin) {
		s.sweep()
		s.sweepAt = 2 * len(s.records)
	}
	s.records[id] = r
}

func (s *Store) sweep() {
	now := s.now()
	maps.DeleteFunc(s.records, func(_ core.ID, r *record) bool { return !now.Before(r.expires) })
}

func (r *record) apply(d core.Delta, now time.Time) {
	if d.Clear || r.Fields == nil {
		r.Fields = make(map[string]string)
	}
	for _, key := range d.Delete {
		delete(r.Fields, key)
	}
	maps.Copy(r.Fields, d.Set)
	if d.Login != "" {
		r.User, r.LoggedIn, r.Deadline = d.Login, now, now.Add(d.Absolute)
	}
	r.extend(d.Lifetimes, now)
}

func (r *record) extend(l core.Lifetimes, now time.Time) {
	idle, final := l.Remaining(now, r.Deadline)
	r.expires, r.Final = now.Add(idle), final
}
