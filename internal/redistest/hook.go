package redistest

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// A Hook stands between a client and its server. It is called with the commands
// of one call, and with next, which sends them.
type Hook func(ctx context.Context, cmds []redis.Cmder, next func() error) error

func (Hook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h Hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return h(ctx, []redis.Cmder{cmd}, func() error { return next(ctx, cmd) })
	}
}

func (h Hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return h(ctx, cmds, func() error { return next(ctx, cmds) })
	}
}
