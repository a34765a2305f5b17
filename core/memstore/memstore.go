// Package memstore keeps sessions in memory: for unit tests and for programs of
// a single process. Its sessions end with the process.
//
//	sessions, err := core.New(memstore.New(), secret, nil)
//
// It follows the same contract as the store on Redis, so a handler that works
// with one works with the other.
package memstore

import (
	"context"
	"crypto/subtle"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// sweepMin is the number of records from which on expired ones are swept.
const sweepMin = 256

// A Store is a [store.Store] and a [store.UserIndex] in memory. The zero value
// is an empty store. It is safe for concurrent use.
type Store struct {
	mu      sync.Mutex
	records map[string]*record                 // by place
	owned   map[store.Owner]map[string]*record // each owner's records, by place
	sweepAt int                                // number of records at which to sweep next
	ahead   time.Duration                      // see Advance
}

// record is a session, or the memory of one that was destroyed.
type record struct {
	fingerprint string
	login       store.Login
	fields      map[string]string
	created     time.Time
	loggedIn    time.Time
	used        time.Time
	deadline    time.Time
	idle        time.Duration
	locks       bool
	renewed     time.Time // the last time; zero if never
	ended       time.Time // zero while the session lives
	nonces      []string  // of the last saves
	journal     store.Journal
	expires     time.Time
}

var _ store.UserIndex = (*Store)(nil)

// New returns an empty store.
func New() *Store { return new(Store) }

// Advance moves the store's clock forward, so that tests of timeouts need not
// wait.
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
		if r.ended.IsZero() {
			n++
		}
	}
	return n
}

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, id store.ID, d store.Delta) error {
	return s.do(ctx, func(now time.Time) error {
		if r := s.find(id.Place, now); r != nil {
			if r.opens(id) && r.ended.IsZero() {
				return nil
			}
			return store.ErrExists
		}
		r := &record{fingerprint: id.Fingerprint, created: now}
		r.begin(d.Lifetimes, now)
		d.Clear, d.Delete, d.Nonce, d.Once = false, nil, "", nil
		if err := r.apply(d, now); err != nil {
			return err
		}
		s.put(id.Place, r)
		return nil
	})
}

// Load implements [store.Store].
func (s *Store) Load(ctx context.Context, id store.ID) (found *store.Record, err error) {
	err = s.do(ctx, func(now time.Time) error {
		r, err := s.alive(id, now)
		if err != nil {
			return err
		}
		found = r.show(now)
		found.Fields = maps.Clone(r.fields)
		return nil
	})
	return found, err
}

// Save implements [store.Store].
func (s *Store) Save(ctx context.Context, id store.ID, d store.Delta) error {
	return s.do(ctx, func(now time.Time) error {
		r, err := s.alive(id, now)
		if err != nil {
			return err
		}
		if d.Once == nil {
			if d.Nonce != "" && slices.Contains(r.nonces, d.Nonce) {
				return nil
			}
			return r.apply(d, now)
		}
		journal, known, err := r.journal.Enter(d, now)
		if known || err != nil {
			return err
		}
		d.Nonce = ""
		if err := r.apply(d, now); err != nil {
			return err
		}
		r.journal = journal
		return nil
	})
}

// Renew implements [store.Store].
func (s *Store) Renew(ctx context.Context, id store.ID, next string, d store.Delta) error {
	return s.do(ctx, func(now time.Time) error {
		if _, err := s.alive(store.ID{Place: id.Place, Fingerprint: next}, now); err == nil {
			return nil
		}
		r, err := s.alive(id, now)
		if err != nil {
			return err
		}
		d.Nonce = ""
		s.disown(id.Place, r)
		defer s.own(id.Place, r)
		if err := r.apply(d, now); err != nil {
			return err
		}
		r.fingerprint, r.renewed = next, now
		return nil
	})
}

// Refresh implements [store.Store].
func (s *Store) Refresh(ctx context.Context, id store.ID) error {
	return s.do(ctx, func(now time.Time) error {
		r, err := s.alive(id, now)
		if err == nil {
			r.use(now)
		}
		return err
	})
}

// Destroy implements [store.Store].
func (s *Store) Destroy(
	ctx context.Context, id store.ID, within time.Duration,
) (user string, err error) {
	err = s.do(ctx, func(now time.Time) error {
		r := s.find(id.Place, now)
		if r != nil && r.ended.IsZero() && !r.opens(id) {
			if err := r.absence(now); r.renewed.IsZero() || now.Sub(r.renewed) > within {
				return err
			}
		}
		if r != nil {
			user = r.login.User
		}
		if r == nil || r.ended.IsZero() {
			s.put(id.Place, ending(id.Fingerprint, now))
		}
		return nil
	})
	return user, err
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

// now rounds down to milliseconds, the unit of lifetimes.
func (s *Store) now() time.Time {
	return time.Now().Add(s.ahead).Round(0).Truncate(time.Millisecond)
}

// find returns the record at the place unless it has expired.
func (s *Store) find(place string, now time.Time) *record {
	r := s.records[place]
	if r == nil || !now.Before(r.expires) {
		return nil
	}
	return r
}

// alive returns the session that the id opens.
func (s *Store) alive(id store.ID, now time.Time) (*record, error) {
	r := s.find(id.Place, now)
	switch {
	case r == nil:
		return nil, store.ErrNotFound
	case r.ended.IsZero() && r.opens(id):
		return r, nil
	}
	return nil, r.absence(now)
}

func (r *record) opens(id store.ID) bool {
	return subtle.ConstantTimeCompare([]byte(r.fingerprint), []byte(id.Fingerprint)) == 1
}

// absence returns why an id does not open r.
func (r *record) absence(now time.Time) error {
	switch {
	case !r.ended.IsZero():
		return &store.GoneError{Ago: now.Sub(r.ended)}
	case !r.renewed.IsZero():
		return &store.GoneError{Ago: now.Sub(r.renewed), Renewed: true}
	}
	return store.ErrNotFound
}

// ending returns the memory of a session that was destroyed.
func ending(fingerprint string, now time.Time) *record {
	return &record{fingerprint: fingerprint, ended: now, expires: now.Add(store.Memory)}
}

// show returns r for a reader, without its fields.
func (r *record) show(now time.Time) *store.Record {
	return &store.Record{
		Login: r.login, Created: r.created, LoggedIn: r.loggedIn, Used: r.used,
		Deadline: r.deadline, Now: now, Idle: r.idle, Left: r.expires.Sub(now), Locks: r.locks,
	}
}

func (s *Store) put(place string, r *record) {
	if s.records == nil {
		s.records = make(map[string]*record)
	}
	// So at most half of the records are dead, and a sweep costs each put the
	// work of two records.
	if len(s.records) >= max(s.sweepAt, sweepMin) {
		s.sweep()
		s.sweepAt = 2 * len(s.records)
	}
	if old := s.records[place]; old != nil {
		s.disown(place, old)
	}
	s.records[place] = r
	s.own(place, r)
}

func (s *Store) sweep() {
	now := s.now()
	for place, r := range s.records {
		if !now.Before(r.expires) {
			delete(s.records, place)
			s.disown(place, r)
		}
	}
}

// apply changes r by all of d, or not at all.
func (r *record) apply(d store.Delta, now time.Time) error {
	fields := make(map[string]string)
	if !d.Clear {
		maps.Copy(fields, r.fields)
	}
	for _, name := range d.Delete {
		delete(fields, name)
	}
	maps.Copy(fields, d.Set)
	if d.Once != nil {
		if err := d.Once.Apply(fields); err != nil {
			return err
		}
	}
	limits := d.Limits
	if d.Guest != (store.Limits{}) && r.login.User == "" && d.Login.User == "" {
		limits = d.Guest
	}
	after, before := store.Delta{Set: fields}.Size(), store.Delta{Set: r.fields}.Size()
	if err := limits.Check(after, before); err != nil {
		return err
	}
	r.fields = fields
	if d.Login.User != "" {
		r.login, r.loggedIn = d.Login, now
		r.begin(d.Lifetimes, now)
	}
	if d.Unlock {
		r.used = now
	}
	if d.Nonce != "" {
		r.nonces = append(r.nonces, d.Nonce)
		r.nonces = r.nonces[max(0, len(r.nonces)-store.Nonces):]
	}
	r.use(now)
	return nil
}

// begin starts the idle time and the deadline.
func (r *record) begin(l store.Lifetimes, now time.Time) {
	r.idle, r.deadline, r.locks, r.used = l.Idle, now.Add(l.Absolute), l.Locks, now
}

// use starts the idle time anew, unless the session is locked.
func (r *record) use(now time.Time) {
	if !r.locks || now.Sub(r.used) < r.idle {
		r.used = now
	}
	r.expires = r.deadline
	if end := r.used.Add(r.idle); !r.locks && end.Before(r.deadline) {
		r.expires = end
	}
}
