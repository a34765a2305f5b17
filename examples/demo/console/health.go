package console

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ringsession/ringsession/core/redisstore"
)

// health is how the shards did when they were last asked.
type health struct {
	last atomic.Pointer[map[string]redisstore.ShardHealth]
}

// watch asks the shards every second until ctx is done.
func (h *health) watch(ctx context.Context, store *redisstore.Store) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		h.ask(ctx, store)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (h *health) ask(ctx context.Context, store *redisstore.Store) {
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	shards := make(map[string]redisstore.ShardHealth)
	for _, sh := range store.Health(ctx).Shards {
		shards[sh.Name] = sh
	}
	h.last.Store(&shards)
}

// of returns the health of the shard; the zero value if it was not asked yet.
func (h *health) of(shard string) redisstore.ShardHealth {
	if shards := h.last.Load(); shards != nil {
		return (*shards)[shard]
	}
	return redisstore.ShardHealth{}
}
