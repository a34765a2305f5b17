package redisstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/ringsession/ringsession/core"
)

// A Store keeps sessions in Redis, each on one of several shards. It implements
// [store.Store] and [store.UserIndex], and is safe for concurrent use.
type Store struct {
	prefix   string
	logger   *slog.Logger
	onEvent  func(context.Context, core.Event)
	plain    bool   // no shared connections
	durably  runner // for logins, renewals and logouts
	replicas int    // the least number that durably waits for
	marks    *marks
	orders   orders
	watcher  watcher

	change   sync.Mutex // held while the shards are replaced
	topology atomic.Pointer[topology]
}

var errClosed = errors.New("the store is closed")

// SetShards replaces the list of shards while the store works: to add a shard,
// to change a weight or an address, to drain a shard or to retire one. Sessions
// stay where they are, and nobody is logged out. Clients of unchanged shards
// stay. Clients of shards that leave the list are closed when their calls have
// ended.
//
// Drain a shard before it leaves the list. The sessions of a missing shard get
// errors, until it is listed again, or as Retired.
//
// Shards that are new or have a new address must answer, until ctx is done or
// within 2 seconds. Their servers must not have the mark of another shard; see
// [Open]. After an error, which names the shard, the old list stays in force.
func (s *Store) SetShards(ctx context.Context, shards []Shard) error {
	s.change.Lock()
	defer s.change.Unlock()
	old := s.topology.Load()
	if old == nil {
		return fmt.Errorf("redisstore: %w", errClosed)
	}
	t, fresh, err := s.plan(shards, old)
	if err != nil {
		return err
	}
	for i, err := range probeAll(ctx, fresh) {
		if err != nil {
			closeAll(fresh)
			return fmt.Errorf("redisstore: shard %q does not answer: %w", fresh[i].Name, err)
		}
	}
	if err := s.identify(ctx, t, fresh); err != nil {
		closeAll(fresh)
		return err
	}
	s.inspect(ctx, fresh)
	s.topology.Store(t)
	s.wakeWatch()
	for _, c := range old.leaving(t) {
		go c.close()
	}
	return nil
}

// Shards returns the current list, or nil after Close.
func (s *Store) Shards() []Shard {
	t := s.topology.Load()
	if t == nil {
		return nil
	}
	list := make([]Shard, len(t.shards))
	for i, sh := range t.shards {
		list[i] = sh.Shard
	}
	return list
}

// Owner returns the name of the shard that keeps the session at the place. A
// retired shard still counts as the owner of its places. Owner asks no server.
func (s *Store) Owner(place string) (string, error) {
	sh, err := s.find(place)
	if err != nil {
		return "", fmt.Errorf("redisstore: %w", err)
	}
	return sh.Name, nil
}

// Ping asks every shard for a sign of life, until ctx is done or for 2 seconds.
// The error names each shard that did not answer.
func (s *Store) Ping(ctx context.Context) error {
	t := s.topology.Load()
	if t == nil {
		return fmt.Errorf("redisstore: %w", errClosed)
	}
	var errs []error
	for i, err := range probeAll(ctx, t.shards) {
		if err != nil {
			errs = append(errs, fmt.Errorf("redisstore: shard %q: %w", t.shards[i].Name, err))
		}
	}
	return errors.Join(errs...)
}

// Close ends the store. It waits for the calls under way and closes the clients
// that the store made.
func (s *Store) Close() error {
	s.change.Lock()
	defer s.change.Unlock()
	t := s.topology.Swap(nil)
	if t == nil {
		return nil
	}
	s.endWatch()
	var errs []error
	for _, sh := range t.shards {
		if sh.conn != nil {
			errs = append(errs, sh.conn.close())
		}
	}
	return errors.Join(errs...)
}
