package redisstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// A cluster finds the server of a key in a Cluster. Each primary has
// connections and a breaker of its own, so one that hangs or dies holds up no
// call to the others.
type cluster struct {
	client *redis.ClusterClient
	make   func(*redis.Client) *server
	whole  *server // for calls whose server is not known, or which a server sent elsewhere

	servers  sync.Map // of *server by the primary's *redis.Client
	mu       sync.Mutex
	count    int       // of servers
	reloaded time.Time // when the state was last asked for after a failure
}

// maxServers is how many servers a cluster keeps before it drops those that are
// no primaries any more. Addresses change with each failover.
const maxServers = 64

func (c *cluster) server(ctx context.Context, key string) *server {
	client, err := c.client.MasterForKey(ctx, key)
	if err != nil {
		return c.whole
	}
	if s, ok := c.servers.Load(client); ok {
		return s.(*server)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s, known := c.servers.LoadOrStore(client, c.make(client))
	if !known {
		if c.count++; c.count > maxServers {
			c.prune(ctx, client)
		}
	}
	return s.(*server)
}

// prune drops the servers that are no primaries, except newest.
func (c *cluster) prune(ctx context.Context, newest *redis.Client) {
	primaries := sync.Map{}
	err := c.client.ForEachMaster(ctx, func(_ context.Context, client *redis.Client) error {
		primaries.Store(client, true)
		return nil
	})
	if err != nil {
		return // at the next new server
	}
	c.servers.Range(func(client, s any) bool {
		if _, ok := primaries.Load(client); !ok && client != newest {
			c.servers.Delete(client)
			c.count--
			s.(*server).breaker.dismiss()
			s.(*server).close()
		}
		return true
	})
}

func (c *cluster) close() {
	c.servers.Range(func(_, s any) bool {
		s.(*server).close()
		return true
	})
}

func (c *cluster) send(ctx context.Context, key string, cmds ...redis.Cmder) error {
	s := c.server(ctx, key)
	err := s.sendBy(ctx, key, nil, cmds...)
	if s != c.whole && isElsewhere(err) {
		// Nothing was done there, and the Cluster's client knows how to go on.
		err = c.whole.sendBy(ctx, key, nil, cmds...)
	}
	if isOutage(err) && !isReply(err) {
		c.reload(ctx)
	}
	return err
}

// reloadEvery is the shortest time between two reloads, because a burst of
// calls fails together.
const reloadEvery = 500 * time.Millisecond

// reload makes the client look for the new primaries after a connection error.
// By itself the client waits for a redirection, which a dead primary cannot
// send.
func (c *cluster) reload(ctx context.Context) {
	c.mu.Lock()
	due := time.Since(c.reloaded) >= reloadEvery
	if due {
		c.reloaded = time.Now()
	}
	c.mu.Unlock()
	if due {
		c.client.ReloadState(context.WithoutCancel(ctx))
	}
}

// refresh asks for the present primaries and waits for the answer.
func (c *cluster) refresh(ctx context.Context) {
	_ = c.client.ForEachMaster(ctx, func(context.Context, *redis.Client) error { return nil })
}

// elsewhere are the first words of a Cluster's replies that mean that the key is
// on another server, or not served at the moment.
var elsewhere = []string{"MOVED", "ASK", "TRYAGAIN", "READONLY"}

func isElsewhere(err error) bool {
	_, refused := replyIn(err, elsewhere)
	return refused || errors.Is(err, redis.ErrClosed)
}

// once is a command that the client of a Cluster does not repeat: a script
// whose reply is lost may have run.
type once struct{ redis.Cmder }

func (once) NoRetry() bool { return true }
