package redisstore

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"
)

// An exchanger sends the commands of one call to a server, in one write, and
// waits for their replies. It returns the first error among them. It sends
// nothing twice. The call ends when ctx is done, whatever the server does.
type exchanger interface {
	send(ctx context.Context, cmds ...redis.Cmder) error
}

// A sender is an exchanger with connections of its own, for all calls to a
// server. It is safe for concurrent use.
type sender interface {
	exchanger
	// reconnect makes calls that come later use new connections, because what
	// comes over those that there are cannot be trusted any more. Calls under
	// way fail with the cause.
	reconnect(cause error)
	// close ends the sender's connections. Calls under way fail.
	close()
}

// A pool is the sender that takes a connection of its own for each call from
// go-redis's pool.
type pool struct {
	client redis.UniversalClient
	pipes  sync.Pool // of redis.Pipeliner, all empty
	once   bool      // the client repeats commands unless it is told not to
}

func newPool(client redis.UniversalClient) *pool {
	_, cluster := client.(*redis.ClusterClient)
	return &pool{client: client, once: cluster}
}

func (p *pool) send(ctx context.Context, cmds ...redis.Cmder) error {
	if len(cmds) == 1 && p.once && isScript(cmds[0]) {
		return p.client.Process(ctx, once{cmds[0]})
	}
	return process(ctx, p.client, &p.pipes, cmds)
}

// reconnect leaves it to go-redis to close connections of its pool.
func (*pool) reconnect(error) {}

func (*pool) close() {}

// A held is the exchanger on one connection that is held.
type held struct {
	conn  *redis.Conn
	pipes sync.Pool
}

func (h *held) send(ctx context.Context, cmds ...redis.Cmder) error {
	return process(ctx, h.conn, &h.pipes, cmds)
}

// process passes the commands to the client, and so through its hooks.
func process(ctx context.Context, client interface {
	Process(context.Context, redis.Cmder) error
	Pipeline() redis.Pipeliner
}, pipes *sync.Pool, cmds []redis.Cmder) error {
	if len(cmds) == 1 {
		return client.Process(ctx, cmds[0])
	}
	pipe, ok := pipes.Get().(redis.Pipeliner)
	if !ok {
		pipe = client.Pipeline()
	}
	_ = pipe.BatchProcess(ctx, cmds...)
	_, err := pipe.Exec(ctx)
	pipes.Put(pipe)
	return err
}
