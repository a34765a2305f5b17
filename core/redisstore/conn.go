package redisstore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
)

// A conn is the client of one shard. It outlives changes of the shard's weight, and is closed when the shard has left the
// list and the last call has ended.
type conn struct {
	client redis.UniversalClient
	sender
	own     bool // made from a URL, so ours to close
	breaker *breaker

	warnings atomic.Pointer[[]string] // what inspect found

	calls    sync.RWMutex // held for reading by every call
	closed   bool
	reloaded atomic.Int64 // when the state of a Cluster was last asked for, in Unix nanoseconds
}

// dial returns the conn of the shard; no connection is made yet.
func dial(sh Shard, plain bool, tell func(core.Event)) (*conn, error) {
	c := &conn{client: sh.Client, breaker: newBreaker(sh.Name, tell)}
	if c.client == nil {
		o, err := ClientOptions(sh.URL)
		if err != nil {
			return nil, err
		}
		c.client, c.own = redis.NewClient(o), true
	} else if err := checkClient(c.client); err != nil {
		return nil, err
	}
	c.sender = newSender(c.client, plain, c.own)
	return c, nil
}

// enter begins a call; it fails if the conn was closed meanwhile. A call that entered must leave.
func (c *conn) enter() bool {
	c.calls.RLock()
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
	if !c.own {
		return nil
	}
	return c.client.Close()
}

// reloadEvery keeps a burst of failing calls from asking a Cluster for its state once each.
const reloadEvery = 500 * time.Millisecond

// call runs f with the conn, unless the breaker is open.
func (c *conn) call(ctx context.Context, f func(*conn) error) error {
	err := c.breaker.call(ctx, func() error { return f(c) })
	if isOutage(err) {
		c.failed(ctx, err)
	}
	return err
}

// isHealthy reports whether new sessions may go to the shard.
func (c *conn) isHealthy() bool {
	return c.breaker.isHealthy(func(ctx context.Context) error {
		if !c.enter() {
			return nil
		}
		defer c.leave()
		return c.probe(ctx)
	})
}

// failed makes a Cluster client look for the new primaries after a connection error. By itself it waits for a redirection,
// which a primary that was killed cannot send.
func (c *conn) failed(ctx context.Context, err error) {
	cluster, ok := c.client.(*redis.ClusterClient)
	if reply := redis.Error(nil); !ok || errors.As(err, &reply) {
		return
	}
	now, last := time.Now().UnixNano(), c.reloaded.Load()
	if now-last >= int64(reloadEvery) && c.reloaded.CompareAndSwap(last, now) {
		cluster.ReloadState(context.WithoutCancel(ctx))
	}
}

// probe asks the server for a sign of life.
func (c *conn) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*timeout)
	defer cancel()
	return c.client.Ping(ctx).Err()
}
