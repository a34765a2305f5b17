package redisstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
)

// Options change what [Open] does by default. The zero value, and a nil pointer, mean the defaults.
type Options struct {
	// Prefix begins the name of every key. Programs that share servers and not sessions need different ones. Default
	// "session:".
	Prefix string
	// WaitReplicas is how many replicas must have a login, a renewal or a logout before it counts, at least; all replicas
	// that follow the primary, or followed it within 5 seconds, must have it, because any of them may be promoted. If one
	// has not after half a second, that is an error to the client, though the primary has the change. With 1, no failover
	// loses what was acknowledged, neither a planned one nor the death of the primary. Without it a primary that dies right
	// after a logout takes the logout with it, and the session is alive on the replica that follows; docs/reliability.md
	// says what Redis can be told instead. It costs logins, renewals and logouts two round trips more. The user of Redis
	// needs WAIT, and INFO: without INFO only so many replicas count. Default 0: none.
	WaitReplicas int
	// PlainPool gives every call a connection of its own from go-redis's pool. Otherwise calls share connections, and those that
	// come at the same time a write and a read, which at 64 callers takes a third of the time; a call alone is as fast either
	// way. Default false.
	PlainPool bool
	// OnEvent is told when the breaker of a shard opens or closes ([core.EventBreakerOpen], [core.EventBreakerClosed]), when a
	// shard has lost its data ([core.EventShardEmpty]), and when an order to end sessions is left for a shard and carried
	// out ([core.EventEndOrdered], [core.EventEndCarriedOut]); it may be the same function as [core.Options.OnEvent]. It must not use the store. Default: nobody is told.
	OnEvent func(context.Context, core.Event)
	// Logger is told of the same, and of shards that do not answer at the start. Default [slog.Default].
	Logger *slog.Logger
}

// Open returns a store on the shards. Nil options mean the defaults.
//
// Open asks every shard for a sign of life, until ctx is done or for 2 seconds. A shard that does not answer is logged and
// kept, because a program must be able to start while one of its servers is down; it is an error if none answers, or if one
// refuses the user or password. It is an error as well if a server has the mark of another shard, or none though the shard
// moved there with its sessions, or if a shard was retired before; docs/shards.md has the rules. Every other mistake in the configuration is an error that names the shard. Settings of a
// server that will log users out are logged, and kept for [Store.Health]: a policy that evicts, a version before 6.2, a
// replica in place of a primary, neither persistence nor a replica, Sentinel without WaitReplicas.
func Open(ctx context.Context, shards []Shard, opts *Options) (*Store, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Prefix == "" {
		o.Prefix = "session:"
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Store{prefix: o.Prefix, logger: o.Logger, onEvent: o.OnEvent, plain: o.PlainPool, durably: run, replicas: o.WaitReplicas}
	switch {
	case o.WaitReplicas < 0:
		return nil, fmt.Errorf("redisstore: WaitReplicas is %d", o.WaitReplicas)
	case o.WaitReplicas > 0:
		s.durably = runAndWait(o.WaitReplicas)
	}
	s.marks = &marks{key: o.Prefix + "shard", tell: s.tell, spread: func() { go s.spreadMarks() }, ready: s.beforeServing}
	t, fresh, err := s.plan(shards, nil)
	if err != nil {
		return nil, err
	}
	if err := s.probe(ctx, fresh); err != nil {
		closeAll(fresh)
		return nil, err
	}
	if err := s.identify(ctx, t, fresh); err != nil {
		closeAll(fresh)
		return nil, err
	}
	s.inspect(ctx, fresh)
	s.topology.Store(t)
	s.startWatch()
	return s, nil
}

// plan makes a topology of the list if the store can work with it.
func (s *Store) plan(list []Shard, old *topology) (t *topology, fresh []*shard, err error) {
	return newTopology(list, old, s.plain, s.marks)
}

// tell passes an event on to those who listen. It may be called in a goroutine of the store's own, where a panic would end the
// program.
func (s *Store) tell(e core.Event) {
	ctx := context.Background()
	defer func() {
		if p := recover(); p != nil {
			s.logger.Error("the store's OnEvent panicked", "panic", p)
		}
	}()
	e.Log(ctx, s.logger)
	if s.onEvent != nil {
		s.onEvent(ctx, e)
	}
}

// probe applies the rule of Open.
func (s *Store) probe(ctx context.Context, shards []*shard) error {
	var down []error
	for i, err := range probeAll(ctx, shards) {
		if err == nil {
			continue
		}
		err = fmt.Errorf("redisstore: shard %q: %w", shards[i].Name, err)
		if redis.IsAuthError(err) || redis.IsPermissionError(err) {
			return err
		}
		down = append(down, err)
	}
	if len(shards) > 0 && len(down) == len(shards) {
		return errors.Join(down...)
	}
	for _, err := range down {
		s.logger.Warn("session shard does not answer", "err", err)
	}
	return nil
}

// inspect looks at the servers of the shards and logs what an operator should change.
func (s *Store) inspect(ctx context.Context, shards []*shard) {
	ctx, cancel := context.WithTimeout(ctx, 2*timeout)
	defer cancel()
	var wg sync.WaitGroup
	for _, sh := range shards {
		wg.Go(func() {
			for _, warning := range sh.conn.inspect(ctx, s.replicas) {
				s.logger.Warn("session shard", "shard", sh.Name, "warning", warning)
			}
		})
	}
	wg.Wait()
}

// probeAll asks the shards at the same time. A retired one is not asked.
func probeAll(ctx context.Context, shards []*shard) []error {
	errs := make([]error, len(shards))
	var wg sync.WaitGroup
	for i, sh := range shards {
		if sh.conn != nil {
			wg.Go(func() { errs[i] = sh.conn.probe(ctx) })
		}
	}
	wg.Wait()
	return errs
}
