// Package storehook is a store in memory whose calls go through a hook, for
// tests that note, delay or fail them.
package storehook

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
)

// A Call is one call on its way to the store.
type Call struct {
	Op     string // new place, create, load, save, renew, refresh or destroy
	ID     store.ID
	Next   string        // of a renewal
	Delta  store.Delta   // of a create, save or renewal: a copy, which may be kept
	Within time.Duration // of a destroy
	Do     func(context.Context) error
}

// A Store is a [memstore.Store], and chooses places. What Hook returns is the
// outcome of a call, which takes effect if Hook calls Do.
type Store struct {
	memstore.Store
	Hook func(context.Context, Call) error
}

// NewPlace implements [store.Placer].
func (s *Store) NewPlace(ctx context.Context) (place string, err error) {
	err = s.Hook(ctx, Call{Op: "new place", Do: func(context.Context) error {
		place = fmt.Sprintf("%0*d", store.PlaceLen, rand.Uint64N(1e12))
		return nil
	}})
	return place, err
}

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, id store.ID, d store.Delta) error {
	d = clone(d)
	return s.Hook(ctx, Call{Op: "create", ID: id, Delta: d, Do: func(ctx context.Context) error {
		return s.Store.Create(ctx, id, d)
	}})
}

// Load implements [store.Store].
func (s *Store) Load(ctx context.Context, id store.ID) (*store.Record, error) {
	var found *store.Record
	err := s.Hook(ctx, Call{Op: "load", ID: id, Do: func(ctx context.Context) (err error) {
		found, err = s.Store.Load(ctx, id)
		return err
	}})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Save implements [store.Store].
func (s *Store) Save(ctx context.Context, id store.ID, d store.Delta) error {
	d = clone(d)
	return s.Hook(ctx, Call{Op: "save", ID: id, Delta: d, Do: func(ctx context.Context) error {
		return s.Store.Save(ctx, id, d)
	}})
}

// Renew implements [store.Store].
func (s *Store) Renew(ctx context.Context, id store.ID, next string, d store.Delta) error {
	d = clone(d)
	return s.Hook(ctx, Call{Op: "renew", ID: id, Next: next, Delta: d, Do: func(ctx context.Context) error {
		return s.Store.Renew(ctx, id, next, d)
	}})
}

// Refresh implements [store.Store].
func (s *Store) Refresh(ctx context.Context, id store.ID) error {
	return s.Hook(ctx, Call{Op: "refresh", ID: id, Do: func(ctx context.Context) error {
		return s.Store.Refresh(ctx, id)
	}})
}

// Destroy implements [store.Store].
func (s *Store) Destroy(ctx context.Context, id store.ID, within time.Duration) (string, error) {
	user := ""
	err := s.Hook(ctx, Call{Op: "destroy", ID: id, Within: within, Do: func(ctx context.Context) (err error) {
		user, err = s.Store.Destroy(ctx, id, within)
		return err
	}})
	return user, err
}

// clone copies what core may change after the call has ended.
func clone(d store.Delta) store.Delta {
	d.Set, d.Delete = maps.Clone(d.Set), slices.Clone(d.Delete)
	return d
}
