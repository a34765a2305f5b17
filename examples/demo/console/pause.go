package console

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

func (c *console) pause(_ context.Context, shard string) error {
	if err := c.site.Embedded.Pause(shard); err != nil {
		return err
	}
	c.journal.add("Shard %s is paused. Its %s get 503; nobody else does.", shard, count(c.perShard()[shard], "session"))
	return nil
}

func (c *console) resume(ctx context.Context, shard string) error {
	if err := c.site.Embedded.Resume(shard); err != nil {
		return err
	}
	if err := c.settle(ctx, shard); err != nil {
		return err
	}
	c.journal.add("Shard %s is back, with its %s.", shard, count(c.perShard()[shard], "session"))
	return nil
}

// settle waits until the store calls the shard again: its breaker gives it a try once a second.
func (c *console) settle(ctx context.Context, shard string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	tag := c.health.of(shard).Tag
	nobody := store.ID{Place: tag + strings.Repeat("-", store.PlaceLen-len(tag))}
	for {
		_, err := c.site.Store.Load(ctx, nobody)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}
