package console

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ringsession/ringsession/core"
)

// Orders are those to end sessions that wait for a shard.
type orders struct {
	mu   sync.Mutex
	list []order
}

// An order is about the sessions on a shard that a user had at a time, or about the one at the place.
type order struct {
	user, shard, place string
	at                 time.Time
}

const maxOrders = 100

// note keeps the order that the event of an end tells of.
func (c *console) note(e core.Event) {
	partial := (*core.PartialError)(nil)
	if e.Kind != core.EventEnded || !errors.As(e.Err, &partial) || !partial.Ordered {
		return
	}
	c.orders.mu.Lock()
	defer c.orders.mu.Unlock()
	for _, shard := range partial.Shards {
		c.journal.add("Shard %s does not answer. An order waits for it: to end sessions of %s.", shard, e.User)
		c.orders.list = append(c.orders.list, order{e.User, shard, e.Place, time.Now()})
	}
	c.orders.list = c.orders.list[max(0, len(c.orders.list)-maxOrders):]
}

// of returns the shards for which an order about the user waits.
func (o *orders) of(user string) (shards []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range o.list {
		if one.user == user && !slices.Contains(shards, one.shard) {
			shards = append(shards, one.shard)
		}
	}
	return shards
}

// watchOrders looks every tenth of a second for what came of the orders, until ctx is done.
func (c *console) watchOrders(ctx context.Context) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		c.orders.mu.Lock()
		list := slices.Clone(c.orders.list)
		c.orders.mu.Unlock()
		for _, one := range list {
			if c.carriedOut(ctx, one) {
				c.orders.drop(one)
				c.journal.add("Shard %s is back, and the order is carried out: the sessions of %s have ended there.", one.shard, one.user)
			}
		}
	}
}

// carriedOut reports whether the shard answers, and has none of the sessions that the order is about.
func (c *console) carriedOut(ctx context.Context, o order) bool {
	if c.health.of(o.shard).State == "down" {
		return false
	}
	list, err := c.site.Sessions.Of(ctx, o.user)
	if partial := (*core.PartialError)(nil); errors.As(err, &partial) && slices.Contains(partial.Shards, o.shard) {
		return false
	}
	return !slices.ContainsFunc(list, func(s core.UserSession) bool {
		return s.Shard == o.shard && (s.Place == o.place || o.place == "" && s.LoggedIn.Before(o.at))
	})
}

func (o *orders) drop(one order) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = slices.DeleteFunc(o.list, func(other order) bool { return other == one })
}
