package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/store"
)

// waitTimeout bounds the wait for replicas.
const waitTimeout = 500 * time.Millisecond

// A runner executes a script on the server that has its key.
type runner func(ctx context.Context, c *conn, script *evaluation) (reply, error)

func run(ctx context.Context, c *conn, script *evaluation) (reply, error) {
	r, err := script.on(ctx, c.send)
	return r, refused(c, err)
}

// runAndWait returns a runner that waits until this number of replicas, and all
// replicas that may be promoted, have what the script wrote. Fewer are not
// enough, because the next primary may be one of the others. WAIT counts only
// the writes of its own connection, so script and WAIT use the same one.
func runAndWait(replicas int) runner {
	return func(ctx context.Context, c *conn, script *evaluation) (reply, error) {
		r, sent, err := c.server(ctx, script.key).runAndWait(ctx, c, script, replicas)
		if c.cluster != nil && isElsewhere(sent) {
			// Nothing was done there.
			c.cluster.refresh(ctx)
			r, _, err = c.server(ctx, script.key).runAndWait(ctx, c, script, replicas)
		}
		return r, err
	}
}

// runAndWait returns also the error of sending the script, as it came.
func (s *server) runAndWait(
	ctx context.Context, c *conn, script *evaluation, replicas int,
) (r reply, sent, err error) {
	err = s.writeAndWait(ctx, script.key, replicas, func(send sendFunc) (wrote bool, err error) {
		r, sent = script.on(ctx, send)
		return sent == nil && r.ok(), refused(c, sent)
	})
	return r, sent, err
}

// A sendFunc sends commands that are about one key in one write and returns the
// first error among them.
type sendFunc func(ctx context.Context, key string, cmds ...redis.Cmder) error

// writeAndWait calls write with a connection of its own. If that wrote
// something, it waits until this number of replicas, and all replicas that may
// be promoted, have it.
func (s *server) writeAndWait(
	ctx context.Context, key string, replicas int, write func(sendFunc) (wrote bool, err error),
) error {
	client, ok := s.client.(*redis.Client)
	if !ok {
		return errors.New("the Cluster's primary for the session is not known")
	}
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	case <-ctx.Done():
		return fmt.Errorf("%w: %w, because too many calls wait for replicas",
			store.ErrNotDone, errNotReplicated)
	}
	needed := max(replicas, s.primary.known(ctx))
	conn := client.Conn()
	defer func() { _ = conn.Close() }()
	by := &held{conn: conn}
	wrote, err := write(func(ctx context.Context, key string, cmds ...redis.Cmder) error {
		return s.sendBy(ctx, key, by, cmds...)
	})
	if !wrote {
		return err
	}
	if err := s.replicated(ctx, conn, needed); err != nil {
		s.missing.Store(int64(replicas))
		s.writes.doubt(key)
		return fmt.Errorf("stored, but %w: %w", errNotReplicated, err)
	}
	return err
}

// durablyEach returns the function that sends scripts. It waits for replicas if
// the store is to.
func (s *Store) durablyEach(c *conn) sendEach {
	if s.replicas == 0 {
		return c.sendEach
	}
	wait := func(ctx context.Context, on *server, keys []string, cmds []redis.Cmder) error {
		return on.writeAndWait(ctx, keys[0], s.replicas, func(send sendFunc) (bool, error) {
			err := send(ctx, keys[0], cmds...)
			done := func(cmd redis.Cmder) bool { return cmd.Err() == nil }
			return err == nil || isReply(err) && slices.ContainsFunc(cmds, done), err
		})
	}
	if c.cluster == nil {
		return func(ctx context.Context, keys []string, cmds []redis.Cmder) error {
			return wait(ctx, c.single, keys, cmds)
		}
	}
	waitAnywhere := func(ctx context.Context, on *server, keys []string, cmds []redis.Cmder) error {
		if on != c.cluster.whole {
			return wait(ctx, on, keys, cmds)
		}
		c.cluster.refresh(ctx)
		for i, key := range keys {
			if err := wait(ctx, c.server(ctx, key), keys[i:], cmds[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	}
	return func(ctx context.Context, keys []string, cmds []redis.Cmder) error {
		return c.eachServer(ctx, keys, cmds, waitAnywhere)
	}
}

// replicated waits until this number of replicas, and all that follow the
// primary, have what the connection wrote.
func (s *server) replicated(ctx context.Context, conn *redis.Conn, replicas int) error {
	err := waitFor(ctx, conn, replicas)
	if err != nil {
		return err
	}
	info, err := infoOf(ctx, conn, "replication")
	if isReply(err) {
		return nil // the user of Redis may not ask
	}
	if err == nil {
		err = s.primary.confirm(info)
	}
	if following := len(replicasIn(info)); err == nil && following > replicas {
		err = waitFor(ctx, conn, following)
	}
	return err
}

// waitFor waits until this number of replicas has what the connection wrote.
func waitFor(ctx context.Context, conn *redis.Conn, replicas int) error {
	n, err := conn.Wait(ctx, replicas, waitTimeout).Result()
	if err != nil {
		return hideReply(err)
	}
	if int(n) < replicas {
		return fmt.Errorf("%d of %d replicas have it after %v", n, replicas, waitTimeout)
	}
	return nil
}

// waitingCalls is how many calls to a server may wait for its replicas at the
// same time. Without a limit, calls that wait for an absent replica would take
// all connections.
func waitingCalls(client redis.UniversalClient) int {
	if c, ok := client.(*redis.Client); ok {
		return max(1, c.Options().PoolSize/4)
	}
	return 1
}

// confirmPrimary returns an error if the shard's server is no longer the
// primary, because what was done there is lost. Servers of a Cluster find that
// out by themselves. If lately is true, a recent answer of the server is
// enough; otherwise confirmPrimary asks again.
func (c *conn) confirmPrimary(ctx context.Context, lately bool) error {
	if c.cluster != nil || !c.single.primary.isReplaceable() {
		return nil
	}
	if !lately || !c.single.primary.isFresh() {
		c.single.primary.lookAgain(ctx)
	}
	return c.single.breaker.cause()
}

// confirmReplicas waits until the replicas have all that the shard's servers
// did before. Replication is one stream, so they have it when they have a later
// write.
func (s *Store) confirmReplicas(ctx context.Context, c *conn) error {
	asked := make(map[*server]bool)
	for n := range keysToAsk(c) {
		key := fmt.Sprintf("%s{%d}probe", s.prefix, n)
		if on := c.server(ctx, key); !asked[on] {
			asked[on] = true
			if err := on.confirmReplicas(ctx, key, s.replicas); err != nil {
				return err
			}
		}
	}
	return nil
}

// keysToAsk returns how many different keys are certain to meet each server.
func keysToAsk(c *conn) int {
	if c.cluster == nil {
		return 1
	}
	return 1000
}

func (s *server) confirmReplicas(ctx context.Context, key string, replicas int) error {
	client, ok := s.client.(*redis.Client)
	if !ok {
		return errors.New("a primary of the Cluster is not known")
	}
	needed := max(replicas, s.primary.known(ctx))
	conn := client.Conn()
	defer func() { _ = conn.Close() }()
	err := conn.Eval(ctx, sources[writeProbe.hash], []string{key}).Err()
	if err != nil && !errors.Is(err, redis.Nil) {
		return hideReply(err)
	}
	if err := s.replicated(ctx, conn, needed); err != nil {
		return fmt.Errorf("%w: %w", errNotReplicated, err)
	}
	return nil
}

// errNotReplicated does not count against the shard, which has stored the change.
var errNotReplicated = errors.New("not known to be on enough replicas")
