package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// waitTimeout bounds the wait for replicas.
const waitTimeout = 500 * time.Millisecond

// A runner executes a script on the server that has its key.
type runner func(ctx context.Context, c *conn, script *evaluation) (reply, error)

func run(ctx context.Context, c *conn, script *evaluation) (reply, error) {
	return script.on(ctx, c, c.send)
}

// runAndWait returns a runner that waits until so many replicas have what the script wrote. WAIT speaks of the writes of its
// own connection, so both go through the same one.
func runAndWait(replicas int) runner {
	return func(ctx context.Context, c *conn, script *evaluation) (reply, error) {
		server, err := primary(ctx, c.client, script.key)
		if err != nil {
			return 0, err
		}
		conn := server.Conn()
		defer func() { _ = conn.Close() }()
		status, err := script.on(ctx, c, func(ctx context.Context, _ string, cmds ...redis.Cmder) error { return conn.Process(ctx, cmds[0]) })
		if err != nil || !status.ok() {
			return status, err
		}
		n, err := conn.Wait(ctx, replicas, waitTimeout).Result()
		if err != nil {
			return 0, fmt.Errorf("stored, but not known to be replicated: %w", hideReply(err))
		}
		if int(n) < replicas {
			return 0, fmt.Errorf("%w: %d of %d replicas have it after %v", errNotReplicated, n, replicas, waitTimeout)
		}
		return status, nil
	}
}

// errNotReplicated says nothing against the shard, which has what was stored.
var errNotReplicated = errors.New("stored, but not on enough replicas")

var errNoWait = errors.New("WaitReplicas works with clients of one server, of Sentinel and of a Cluster only")

// checkWait refuses clients of which WAIT could not be asked.
func checkWait(shards []Shard) error {
	for _, sh := range shards {
		switch sh.Client.(type) {
		case nil, *redis.Client, *redis.ClusterClient:
		default:
			return fmt.Errorf("redisstore: shard %q: %w", sh.Name, errNoWait)
		}
	}
	return nil
}

// primary returns the client of the server that has the key.
func primary(ctx context.Context, c redis.UniversalClient, key string) (*redis.Client, error) {
	switch c := c.(type) {
	case *redis.Client:
		return c, nil
	case *redis.ClusterClient:
		return c.MasterForKey(ctx, key)
	}
	return nil, errNoWait
}
