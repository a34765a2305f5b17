// Package boltstore keeps sessions in a file, for a program of one process whose
// sessions outlast a restart.
package boltstore

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ringsession/ringsession/core/store"
	"go.etcd.io/bbolt"
)

var bucket = []byte("sessions")

// A Store is a [store.Store] in a database of bbolt, whose transactions make
// each method one atomic step.
type Store struct {
	db *bbolt.DB
	// Clock tells the time. Default [time.Now].
	Clock func() time.Time
}

// New returns a store in the database, which stays the caller's to close.
func New(db *bbolt.DB) (*Store, error) {
	err := db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	})
	return &Store{db, time.Now}, err
}

// A record is a session, or the memory of one that was destroyed.
type record struct {
	Fingerprint string
	Login       store.Login
	Fields      map[string]string
	Created     time.Time
	LoggedIn    time.Time
	Used        time.Time
	Deadline    time.Time
	Idle        time.Duration
	Locks       bool
	Renewed     time.Time // the last time; zero if never
	Ended       time.Time // zero while the session lives
	Nonces      []string  // of the last saves
	Journal     store.Journal
	Expires     time.Time
}

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, id store.ID, d store.Delta) error {
	return s.update(ctx, func(b *records) error {
		old, err := b.find(id.Place)
		switch {
		case err != nil:
			return err
		case old != nil && old.Ended.IsZero() && old.Fingerprint == id.Fingerprint:
			return nil // this create, repeated
		case old != nil:
			return store.ErrExists
		}
		r := &record{Fingerprint: id.Fingerprint, Created: b.now}
		r.begin(d.Lifetimes, b.now)
		d.Clear, d.Delete, d.Nonce, d.Once = false, nil, "", nil
		if err := r.apply(d, b.now); err != nil {
			return err
		}
		return b.put(id.Place, r)
	})
}

// Load implements [store.Store].
func (s *Store) Load(ctx context.Context, id store.ID) (*store.Record, error) {
	var found *store.Record
	err := s.view(ctx, func(b *records) error {
		r, err := b.alive(id)
		if err != nil {
			return err
		}
		found = &store.Record{
			Login: r.Login, Fields: r.Fields, Created: r.Created, LoggedIn: r.LoggedIn,
			Used: r.Used, Deadline: r.Deadline, Now: b.now,
			Idle: r.Idle, Left: r.Expires.Sub(b.now), Locks: r.Locks,
		}
		return nil
	})
	return found, err
}

// Save implements [store.Store].
func (s *Store) Save(ctx context.Context, id store.ID, d store.Delta) error {
	return s.update(ctx, func(b *records) error {
		r, err := b.alive(id)
		if err != nil {
			return err
		}
		if d.Once != nil {
			next, known, err := r.Journal.Enter(d, b.now)
			if known || err != nil {
				return err
			}
			r.Journal, d.Nonce = next, ""
		}
		if d.Nonce != "" && slices.Contains(r.Nonces, d.Nonce) {
			return nil // this save, repeated
		}
		if err := r.apply(d, b.now); err != nil {
			return err
		}
		return b.put(id.Place, r)
	})
}

// Renew implements [store.Store].
func (s *Store) Renew(ctx context.Context, id store.ID, next string, d store.Delta) error {
	return s.update(ctx, func(b *records) error {
		if _, err := b.alive(store.ID{Place: id.Place, Fingerprint: next}); err == nil {
			return nil // this renewal, repeated
		}
		r, err := b.alive(id)
		if err != nil {
			return err
		}
		if err := r.apply(d, b.now); err != nil {
			return err
		}
		r.Fingerprint, r.Renewed = next, b.now
		return b.put(id.Place, r)
	})
}

// Refresh implements [store.Store].
func (s *Store) Refresh(ctx context.Context, id store.ID) error {
	return s.update(ctx, func(b *records) error {
		r, err := b.alive(id)
		if err != nil {
			return err
		}
		r.use(b.now)
		return b.put(id.Place, r)
	})
}

// Destroy implements [store.Store].
func (s *Store) Destroy(ctx context.Context, id store.ID, within time.Duration) (user string, err error) {
	err = s.update(ctx, func(b *records) error {
		r, err := b.find(id.Place)
		switch {
		case err != nil:
			return err
		case r != nil && !r.Ended.IsZero():
			return nil // it has ended before
		case r != nil && r.Fingerprint != id.Fingerprint:
			if r.Renewed.IsZero() || b.now.Sub(r.Renewed) > within {
				return r.absence(b.now)
			}
		}
		if r != nil {
			user = r.Login.User
		}
		return b.put(id.Place, &record{Ended: b.now, Expires: b.now.Add(store.Memory)})
	})
	return user, err
}

// Sweep removes what has expired. Call it now and then.
func (s *Store) Sweep(ctx context.Context) error {
	return s.update(ctx, func(b *records) error {
		var dead [][]byte
		err := b.ForEach(func(k, _ []byte) error {
			if r, err := b.find(string(k)); err != nil || r == nil {
				dead = append(dead, k)
			}
			return nil
		})
		for _, k := range dead {
			if err == nil {
				err = b.Delete(k)
			}
		}
		return err
	})
}

// records is the bucket within one transaction, at one moment.
type records struct {
	*bbolt.Bucket
	now time.Time
}

func (s *Store) update(ctx context.Context, step func(*records) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		return step(&records{tx.Bucket(bucket), s.Clock()})
	})
}

func (s *Store) view(ctx context.Context, step func(*records) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.View(func(tx *bbolt.Tx) error {
		return step(&records{tx.Bucket(bucket), s.Clock()})
	})
}

// find returns what is kept at the place, or nil if there is nothing or its time
// is over.
func (b *records) find(place string) (*record, error) {
	text := b.Get([]byte(place))
	if text == nil {
		return nil, nil
	}
	r := new(record)
	if err := gob.NewDecoder(bytes.NewReader(text)).Decode(r); err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrCorrupt, err)
	}
	if !b.now.Before(r.Expires) {
		return nil, nil
	}
	return r, nil
}

// alive returns the session that the ID opens.
func (b *records) alive(id store.ID) (*record, error) {
	r, err := b.find(id.Place)
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, store.ErrNotFound
	case !r.Ended.IsZero() || r.Fingerprint != id.Fingerprint:
		return nil, r.absence(b.now)
	}
	return r, nil
}

func (b *records) put(place string, r *record) error {
	var text bytes.Buffer
	if err := gob.NewEncoder(&text).Encode(r); err != nil {
		return err
	}
	return b.Put([]byte(place), text.Bytes())
}

// absence returns why an ID does not open r.
func (r *record) absence(now time.Time) error {
	switch {
	case !r.Ended.IsZero():
		return &store.GoneError{Ago: now.Sub(r.Ended)}
	case !r.Renewed.IsZero():
		return &store.GoneError{Ago: now.Sub(r.Renewed), Renewed: true}
	}
	return store.ErrNotFound
}

// apply changes r by all of d. If it fails, r must not be written.
func (r *record) apply(d store.Delta, now time.Time) error {
	before := store.Delta{Set: r.Fields}.Size()
	if d.Clear || r.Fields == nil {
		r.Fields = make(map[string]string)
	}
	for _, field := range d.Delete {
		delete(r.Fields, field)
	}
	maps.Copy(r.Fields, d.Set)
	if d.Once != nil {
		if err := d.Once.Apply(r.Fields); err != nil {
			return err
		}
	}
	limits := d.Limits
	if d.Guest != (store.Limits{}) && r.Login.User == "" && d.Login.User == "" {
		limits = d.Guest
	}
	if err := limits.Check(store.Delta{Set: r.Fields}.Size(), before); err != nil {
		return err
	}
	if d.Login.User != "" {
		r.Login, r.LoggedIn = d.Login, now
		r.begin(d.Lifetimes, now)
	}
	if d.Unlock {
		r.Used = now
	}
	if d.Nonce != "" {
		r.Nonces = append(r.Nonces, d.Nonce)
		r.Nonces = r.Nonces[max(0, len(r.Nonces)-store.Nonces):]
	}
	r.use(now)
	return nil
}

// begin starts both clocks.
func (r *record) begin(l store.Lifetimes, now time.Time) {
	r.Idle, r.Deadline, r.Locks, r.Used = l.Idle, now.Add(l.Absolute), l.Locks, now
}

// use starts the idle time anew, unless the session is locked.
func (r *record) use(now time.Time) {
	if !r.Locks || now.Sub(r.Used) < r.Idle {
		r.Used = now
	}
	r.Expires = r.Deadline
	if end := r.Used.Add(r.Idle); !r.Locks && end.Before(r.Deadline) {
		r.Expires = end
	}
}
