package redisstore

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// A conn is the client of one shard. It outlives changes of the shard's weight,
// and is closed when the shard has left the list and the last call has ended.
type conn struct {
	client redis.UniversalClient
	own    bool // made from a URL, so ours to close

	single  *server  // nil if it is a Cluster
	cluster *cluster // nil otherwise

	identity *identity
	warnings atomic.Pointer[[]string] // what inspect found

	watched watched // by the search for orders

	calls  sync.RWMutex // held for reading by every call
	closed bool
}

// dial returns the conn of the shard; no connection is made yet.
func dial(sh Shard, plain bool, m *marks) (*conn, error) {
	c := &conn{client: sh.Client, watched: watched{turn: make(chan struct{}, 1)}}
	var o *redis.Options
	if c.client == nil {
		var err error
		if o, err = ClientOptions(sh.URL.reveal()); err != nil {
			return nil, err
		}
		o.OnConnect = func(ctx context.Context, cn *redis.Conn) error {
			return c.identity.connected(ctx, cn)
		}
		c.client, c.own = redis.NewClient(o), true
	}
	c.identity = newIdentity(m, sh, o)
	if err := checkClient(c.client); err != nil {
		return nil, err
	}
	switch client := c.client.(type) {
	case *redis.Client:
		c.single = newServer(client, plain, "", sh.Name, m.tell)
		c.single.getReady(m, sh.Name)
	case *redis.ClusterClient:
		whole := newServer(client, plain, wholeCluster, sh.Name, m.tell)
		c.cluster = &cluster{client: client, whole: whole}
		c.cluster.make = func(client *redis.Client) *server {
			s := newServer(client, plain, client.Options().Addr, sh.Name, m.tell)
			s.getReady(m, sh.Name)
			return s
		}
	}
	return c, nil
}

// getReady makes the server's breaker wait, before it closes, until the orders
// for the shard have been carried out.
func (s *server) getReady(m *marks, shard string) {
	ping := func(ctx context.Context) error { return s.client.Ping(ctx).Err() }
	s.breaker.ready = func(ctx context.Context) error { return m.ready(ctx, shard, ping) }
}

// wholeCluster stands in events for the address where the server is not known.
const wholeCluster = "the Cluster as a whole"

// server returns the server that has the key.
func (c *conn) server(ctx context.Context, key string) *server {
	if c.cluster != nil {
		return c.cluster.server(ctx, key)
	}
	return c.single
}

// send sends commands that are about one key in one write and returns the first
// error among them.
func (c *conn) send(ctx context.Context, key string, cmds ...redis.Cmder) error {
	if c.cluster != nil {
		return c.cluster.send(ctx, key, cmds...)
	}
	return c.single.sendBy(ctx, key, nil, cmds...)
}

// breakerState returns the state of the breaker, or the worst among those of a
// Cluster's servers.
func (c *conn) breakerState() string {
	if c.cluster == nil {
		return c.single.breaker.state()
	}
	worst := c.cluster.whole.breaker.state()
	c.cluster.servers.Range(func(_, s any) bool {
		if state := s.(*server).breaker.state(); worst == breakerClosed || state == breakerOpen {
			worst = state
		}
		return true
	})
	return worst
}

// enter begins a call; it fails if the conn was closed meanwhile. A call that
// entered must leave.
func (c *conn) enter() bool {
	c.calls.RLock()
	if c.closed {
		c.calls.RUnlock()
		return false
	}
	return true
}

// tryEnter begins a call that another call may wait for. It also fails while
// the conn waits to be closed: enter would wait for calls that may wait for
// this one.
func (c *conn) tryEnter() bool {
	if !c.calls.TryRLock() {
		return false
	}
	if c.closed {
		c.calls.RUnlock()
		return false
	}
	return true
}

func (c *conn) leave() { c.calls.RUnlock() }

// close waits for the calls that have entered, and lets none enter any more.
func (c *conn) close() error {
	c.calls.Lock()
	defer c.calls.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	switch {
	case c.cluster != nil:
		c.cluster.close()
	case c.single != nil:
		c.single.close()
	}
	if !c.own {
		return nil
	}
	return c.client.Close()
}

// probe asks the server for a sign of life, and whether it is the shard's.
func (c *conn) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*timeout)
	defer cancel()
	if err := c.client.Ping(ctx).Err(); err != nil || c.identity.opening.Load() {
		return err
	}
	if c.single != nil {
		c.single.primary.look()
		if err := c.single.breaker.cause(); err != nil {
			return err
		}
	}
	return c.identity.verify(ctx, c.client)
}
