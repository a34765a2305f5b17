package console

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

func (c *console) pause(ctx context.Context, shard string) error {
	if err := c.change(func() error { return c.site.Embedded.Pause(shard) }); err != nil {
		return err
	}
	if err := c.settle(ctx, shard, true); err != nil {
		return err
	}
	v := c.snapshot("", "")
	if v.Guests.Guests == 0 {
		c.note("Shard %s is paused, with %s: that means 503, and nobody is signed out.",
			shard, count(v.shard(shard).Sessions, "session"))
		return nil
	}
	c.note("Shard %s is paused. %d of %s get 503; %d were signed out.",
		shard, v.Guests.Unavailable, count(v.Guests.Guests, "guest"), v.Guests.SignedOut)
	return nil
}

func (c *console) resume(ctx context.Context, shard string) error {
	if err := c.change(func() error { return c.site.Embedded.Resume(shard) }); err != nil {
		return err
	}
	if err := c.settle(ctx, shard, false); err != nil {
		return err
	}
	v := c.snapshot("", "")
	c.note("Shard %s is back, with its %s.", shard, count(v.shard(shard).Sessions, "session"))
	return nil
}

// settle waits until the store and the usual way have noticed that the shard is
// paused, or that it is back, and until all guests have asked since.
func (c *console) settle(ctx context.Context, shard string, paused bool) error {
	if err := c.settleStore(ctx, shard, paused); err != nil {
		return err
	}
	return c.settleGuests(ctx)
}

func (c *console) settleGuests(ctx context.Context) error {
	return until(ctx, func() bool {
		return c.is(func() bool { return c.usualFollows() && c.allAsked() })
	})
}

// settleStore reads sessions of the shard that do not exist, until its breaker
// opens, or closes: then it gets a try once a second. The reads of several
// sessions must fail.
func (c *console) settleStore(ctx context.Context, shard string, paused bool) error {
	tag := c.health.of(shard).Tag
	return until(ctx, func() bool {
		ctx, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
		defer cancel()
		err := each(6, func(i int) error {
			place := tag + strings.Repeat(string(rune('a'+i)), store.PlaceLen-len(tag))
			_, err := c.site.Store.Load(ctx, store.ID{Place: place})
			return err
		})
		noticed := c.is(func() bool { return c.broken[shard] == paused })
		return noticed && (paused || errors.Is(err, store.ErrNotFound))
	})
}

// usualFollows reports whether the usual way knows which servers answer.
func (c *console) usualFollows() bool {
	if c.usual == nil {
		return true
	}
	answer := 0
	for name := range c.servers() {
		if !c.paused(name) {
			answer++
		}
	}
	return c.usual.store.Servers() == answer
}
