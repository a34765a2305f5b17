package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/store"
)

// A sendEach sends commands, each of which is about the key at the same index,
// and returns the first error among them. A command that may still be written
// later, because its call was given up, is nil afterwards.
type sendEach func(ctx context.Context, keys []string, cmds []redis.Cmder) error

// sendEach sends to each server what is for it in one write.
func (c *conn) sendEach(ctx context.Context, keys []string, cmds []redis.Cmder) error {
	if c.cluster != nil {
		return c.eachServer(ctx, keys, cmds, sendAll)
	}
	err := c.single.send(ctx, keys[0], cmds...)
	if !isComplete(err) {
		clear(cmds)
	}
	return err
}

// isComplete reports whether commands have been answered, though perhaps with
// an error.
func isComplete(err error) bool {
	return err == nil || isReply(err) || errors.Is(err, errNotReplicated)
}

// sendDirect sends them without the servers' breakers, which may be open.
func (c *conn) sendDirect(ctx context.Context, _ []string, cmds []redis.Cmder) error {
	var failed error
	pipe := c.client.Pipeline()
	for again := cmds; len(again) > 0; again = withSources(cmds) {
		if err := pipe.BatchProcess(ctx, again...); err != nil {
			return err
		}
		if _, err := pipe.Exec(ctx); !isReply(err) {
			failed = cmp.Or(failed, err) // the commands may not have it
		}
	}
	return cmp.Or(failed, firstError(cmds))
}

// firstError returns the first error of the commands, which have been answered.
func firstError(cmds []redis.Cmder) error {
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil {
			return err
		}
	}
	return nil
}

// A toServer sends commands to a server in one write. If that is the whole
// Cluster, one of its servers has sent them elsewhere.
type toServer func(ctx context.Context, s *server, keys []string, cmds []redis.Cmder) error

func sendAll(ctx context.Context, s *server, keys []string, cmds []redis.Cmder) error {
	return s.send(ctx, keys[0], cmds...)
}

// eachServer sends the commands for each primary of a Cluster.
func (c *conn) eachServer(
	ctx context.Context, keys []string, cmds []redis.Cmder, send toServer,
) error {
	parts := make(map[*server][]int)
	for i, key := range keys {
		s := c.cluster.server(ctx, key)
		parts[s] = append(parts[s], i)
	}
	var mu sync.Mutex
	var first error
	var wg sync.WaitGroup
	for s, part := range parts {
		wg.Go(func() {
			err := c.sendPart(ctx, s, keys, cmds, part, send)
			mu.Lock()
			defer mu.Unlock()
			if err != nil && (first == nil || isComplete(first)) {
				first = err
			}
			for _, i := range part {
				if !isComplete(err) {
					cmds[i] = nil
				}
			}
		})
	}
	wg.Wait()
	return first
}

// sendPart sends to a server of a Cluster the commands with these indexes.
func (c *conn) sendPart(
	ctx context.Context, s *server, keys []string, cmds []redis.Cmder, part []int, send toServer,
) error {
	var ownKeys []string
	var own []redis.Cmder
	for _, i := range part {
		ownKeys, own = append(ownKeys, keys[i]), append(own, cmds[i])
	}
	err := send(ctx, s, ownKeys, own)
	if s == c.cluster.whole || !isElsewhere(err) || !isReply(err) {
		return err
	}
	// Nothing was done of those, and the Cluster's client knows where to go on.
	ownKeys, own = nil, nil
	for _, i := range part {
		if isElsewhere(cmds[i].Err()) {
			ownKeys, own = append(ownKeys, keys[i]), append(own, cmds[i])
		}
	}
	return send(ctx, c.cluster.whole, ownKeys, own)
}

// onShards makes the call to each of the shards, all at the same time, and
// returns the errors by the shards' names. A shard that was retired or left the
// list has no sessions.
func (s *Store) onShards(
	ctx context.Context, names []string, call func(ctx context.Context, sh *shard) error,
) failures {
	errs := make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() {
			sh, err := s.enterNamed(name)
			if sh == nil || err != nil {
				errs[i] = err
				return
			}
			defer sh.leave()
			errs[i] = refused(sh.conn, call(ctx, sh))
		})
	}
	wg.Wait()
	failed := make(failures)
	for i, err := range errs {
		if err != nil {
			failed[names[i]] = err
		}
	}
	return failed
}

// names returns those of the shards that may have sessions, or of the only one
// that may have the place.
func (s *Store) names(place string) ([]string, error) {
	if place != "" {
		sh, err := s.find(place)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", store.ErrNotDone, err)
		}
		return []string{sh.Name}, nil
	}
	t := s.topology.Load()
	if t == nil {
		return nil, fmt.Errorf("%w: %w", store.ErrNotDone, errClosed)
	}
	var names []string
	for _, sh := range t.shards {
		if !sh.Retired {
			names = append(names, sh.Name)
		}
	}
	return names, nil
}

// enterNamed begins a call to the shard, or returns nil if there is none.
func (s *Store) enterNamed(name string) (*shard, error) {
	for {
		t := s.topology.Load()
		if t == nil {
			return nil, errClosed
		}
		sh := t.byName[name]
		if sh == nil || sh.Retired {
			return nil, nil
		}
		if sh.enter() {
			return sh, nil
		}
		// Its conn was closed meanwhile, so there is another topology.
	}
}

// failures are the errors of shards by their names.
type failures map[string]error

// partial returns what failed, or nil.
func (f failures) partial() *store.PartialError {
	if len(f) == 0 {
		return nil
	}
	e := &store.PartialError{Shards: slices.Sorted(maps.Keys(f))}
	var errs []error
	for _, name := range e.Shards {
		errs = append(errs, fmt.Errorf("shard %q: %w", name, f[name]))
	}
	e.Err = errors.Join(errs...)
	return e
}

// err returns what failed as an error.
func (f failures) err() error {
	if partial := f.partial(); partial != nil {
		return partial
	}
	return nil
}
