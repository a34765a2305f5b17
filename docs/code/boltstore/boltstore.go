// Package boltstore keeps sessions in a file, for a program of one process whose sessions outlast a restart.
package boltstore

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"time"

	"github.com/ringsession/ringsession/core"
	"go.etcd.io/bbolt"
)

// place is where every session lives: there is only one.
const place = "boltboltbolt"

var bucket = []byte("sessions")

// A Store is a [core.Store] in a database of bbolt, whose transactions make each method one atomic step.
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

// A record is a session, or the mark of one that was renewed.
type record struct {
	core.Record
	Nonce   string
	Expires time.Time
	Next    string // of a mark: the key of the session now
}

// NewPlace implements [core.Store].
func (s *Store) NewPlace(context.Context) (string, error) { return place, nil }

// Create implements [core.Store].
func (s *Store) Create(ctx context.Context, id core.ID, nonce string, d core.Delta) error {
	return s.update(ctx, func(b *records) error {
		old, err := b.find(key(id))
		switch {
		case err != nil:
			return err
		case old != nil && old.Next == "" && old.Nonce == nonce:
			return nil // this very create, repeated
		case old != nil:
			return core.ErrExists
		}
		r := &record{Nonce: nonce, Record: core.Record{Created: b.now, Deadline: b.now.Add(d.Absolute)}}
		r.apply(d, b.now)
		return b.put(key(id), r)
	})
}

// Load implements [core.Store].
func (s *Store) Load(ctx context.Context, id core.ID) (*core.Record, error) {
	var found *record
	err := s.view(ctx, func(b *records) (err error) {
		found, err = b.find(key(id))
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, core.ErrNotFound
	case found.Next != "":
		return nil, core.ErrRenewed
	}
	return &found.Record, nil
}

// Save implements [core.Store].
func (s *Store) Save(ctx context.Context, id core.ID, d core.Delta) error {
	return s.update(ctx, func(b *records) error {
		r, err := b.alive(key(id))
		if err != nil {
			return err
		}
		r.apply(d, b.now)
		return b.put(key(id), r)
	})
}

// Renew implements [core.Store].
func (s *Store) Renew(ctx context.Context, id, next core.ID, d core.Delta) error {
	return s.update(ctx, func(b *records) error {
		if mark, err := b.find(key(id)); err == nil && mark != nil && mark.Next == key(next) {
			return nil // this very renewal, repeated
		}
		r, err := b.alive(key(id))
		if err != nil {
			return err
		}
		if taken, err := b.find(key(next)); err != nil || taken != nil {
			return core.ErrExists
		}
		r.apply(d, b.now)
		if err := b.put(key(next), r); err != nil {
			return err
		}
		return b.put(key(id), &record{Next: key(next), Expires: b.now.Add(core.RenewGrace)})
	})
}

// Refresh implements [core.Store].
func (s *Store) Refresh(ctx context.Context, id core.ID, l core.Lifetimes) error {
	return s.update(ctx, func(b *records) error {
		r, err := b.alive(key(id))
		switch {
		case errors.Is(err, core.ErrGone):
			return nil
		case err != nil:
			return err
		}
		r.extend(l, b.now)
		return b.put(key(id), r)
	})
}

// Destroy implements [core.Store].
func (s *Store) Destroy(ctx context.Context, id core.ID) error {
	return s.update(ctx, func(b *records) error {
		at := key(id)
		for r, err := b.find(at); err == nil && r != nil && r.Next != ""; r, err = b.find(at) {
			at = r.Next
		}
		return b.Delete([]byte(at))
	})
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
	return s.db.Update(func(tx *bbolt.Tx) error { return step(&records{tx.Bucket(bucket), s.Clock()}) })
}

func (s *Store) view(ctx context.Context, step func(*records) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.View(func(tx *bbolt.Tx) error { return step(&records{tx.Bucket(bucket), s.Clock()}) })
}

// find returns the session or mark under the key, or nil if there is none or its time is over.
func (b *records) find(key string) (*record, error) {
	text := b.Get([]byte(key))
	if text == nil {
		return nil, nil
	}
	r := new(record)
	if err := gob.NewDecoder(bytes.NewReader(text)).Decode(r); err != nil {
		return nil, fmt.Errorf("%w: %w", core.ErrCorrupt, err)
	}
	if !b.now.Before(r.Expires) {
		return nil, nil
	}
	r.Idle = r.Expires.Sub(b.now)
	return r, nil
}

// alive returns the session under the key, to be changed.
func (b *records) alive(key string) (*record, error) {
	r, err := b.find(key)
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, core.ErrGone
	case r.Next != "":
		return nil, core.ErrRenewed
	}
	return r, nil
}

func (b *records) put(key string, r *record) error {
	var text bytes.Buffer
	if err := gob.NewEncoder(&text).Encode(r); err != nil {
		return err
	}
	return b.Put([]byte(key), text.Bytes())
}

func key(id core.ID) string { return id.Place() + id.Secret() }

func (r *record) apply(d core.Delta, now time.Time) {
	if d.Clear || r.Fields == nil {
		r.Fields = make(map[string]string)
	}
	for _, field := range d.Delete {
		delete(r.Fields, field)
	}
	for field, value := range d.Set {
		r.Fields[field] = value
	}
	if d.Login != "" {
		r.User, r.LoggedIn, r.Deadline = d.Login, now, now.Add(d.Absolute)
	}
	r.extend(d.Lifetimes, now)
}

func (r *record) extend(l core.Lifetimes, now time.Time) {
	idle, final := l.Remaining(now, r.Deadline)
	r.Expires, r.Final = now.Add(idle), final
}
