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

// Options configure a [Store]; see [Open]. The zero value means the defaults,
// and so does a nil pointer.
type Options struct {
	// Prefix is the beginning of every key's name. Programs that share servers
	// but not sessions need different prefixes. Default "session:".
	Prefix string
	// WaitReplicas is the least number of replicas that must have a login, a
	// renewal or a logout before the call succeeds. All replicas that follow
	// the primary, or followed it within the last 5 seconds, must have it too,
	// because any of them may be promoted. If one does not have it after half a
	// second, the client gets an error, although the primary has the change.
	//
	// With 1, no failover loses an acknowledged change, neither a planned one
	// nor the death of the primary. With 0, a primary that dies right after a
	// logout loses the logout, and the session lives on at the replica that is
	// promoted. docs/reliability.md has the settings of Redis for this.
	//
	// It costs logins, renewals and logouts two more round trips. The user of
	// Redis needs WAIT and INFO. Without INFO, only the given number of
	// replicas counts. Default 0: wait for none.
	WaitReplicas int
	// PlainPool gives every call a connection of its own from go-redis's pool.
	// Without it, calls share connections, and calls that come at the same time
	// share a write and a read. At 64 callers, shared connections need a third
	// of the time. For a single call both take the same time. Default false.
	PlainPool bool
	// OnEvent is called when the breaker of a shard opens or closes
	// ([core.EventBreakerOpen], [core.EventBreakerClosed]), when a shard has
	// lost its data ([core.EventShardEmpty]), and when an order to end sessions
	// is left and carried out ([core.EventEndOrdered],
	// [core.EventEndCarriedOut]). It may be the same function as
	// [core.Options.OnEvent]. It must be safe for concurrent use, and it must
	// not use the store. Default: none.
	OnEvent func(context.Context, core.Event)
	// Logger gets the same events as records, and shards that do not answer
	// when the store opens. Default [slog.Default].
	Logger *slog.Logger
}

// Open returns a store on the shards. Nil options mean the defaults.
//
// Open pings every shard, until ctx is done or for 2 seconds. A shard that does
// not answer is logged and kept, because a program must be able to start while
// one of its servers is down. Open returns an error
//   - if no shard answers;
//   - if a server refuses the user or the password;
//   - if a server has the mark of another shard, if it has no mark although the
//     shard has moved there with its sessions, or if the shard was retired
//     before; docs/shards.md has the rules;
//   - for every other mistake in the configuration. The error names the shard.
//
// Open logs settings of a server that will log users out, and keeps them for
// [Store.Health]: a policy that evicts, a version before 6.2, a replica in
// place of a primary, neither persistence nor a replica, Sentinel without
// WaitReplicas.
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
	s := &Store{
		prefix: o.Prefix, logger: o.Logger, onEvent: o.OnEvent,
		plain: o.PlainPool, durably: run, replicas: o.WaitReplicas,
	}
	switch {
	case o.WaitReplicas < 0:
		return nil, fmt.Errorf("redisstore: WaitReplicas is %d", o.WaitReplicas)
	case o.WaitReplicas > 0:
		s.durably = runAndWait(o.WaitReplicas)
	}
	s.marks = &marks{
		key: o.Prefix + "shard", tell: s.tell,
		spread: func() { go s.spreadMarks() }, ready: s.beforeServing,
	}
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

// plan makes a topology of the list, or returns why the store cannot work with
// it.
func (s *Store) plan(list []Shard, old *topology) (t *topology, fresh []*shard, err error) {
	return newTopology(list, old, s.plain, s.marks)
}

// tell passes an event to the logger and to OnEvent. It recovers a panic of
// OnEvent: in a goroutine of the store that would end the program.
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

// probe pings the shards and decides as [Open] describes.
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

// inspect checks the servers of the shards and logs what an operator should
// change.
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

// probeAll pings the shards, all at the same time, except those that are
// retired.
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
