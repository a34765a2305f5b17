package redisstore

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/internal/redistest"
)

// BenchmarkWaysToAServer reads a hash and its TTL over a pool and over a duplex connection: docs/performance-notes.md says what came of it.
func BenchmarkWaysToAServer(b *testing.B) {
	server := redistest.Start(b)
	o, err := ClientOptions(server.URL())
	if err != nil {
		b.Fatal(err)
	}
	client := redis.NewClient(o)
	defer func() { _ = client.Close() }()
	for i := range 20 {
		client.HSet(b.Context(), "h", fmt.Sprint("field ", i), "twenty-four bytes of it..")
	}
	pool, duplex := newPool(client), newDuplex(client)
	defer duplex.close()
	ways := []struct {
		name string
		send func(ctx context.Context, cmds ...redis.Cmder) error
	}{
		{"pool", func(ctx context.Context, cmds ...redis.Cmder) error { return pool.send(ctx, cmds...) }},
		{"duplex", func(ctx context.Context, cmds ...redis.Cmder) error { return duplex.send(ctx, cmds...) }},
	}
	for _, callers := range []int{1, 2, 4, 16, 64, 256} {
		for _, way := range ways {
			b.Run(fmt.Sprintf("%s/callers=%d", way.name, callers), func(b *testing.B) {
				b.ReportAllocs()
				var wg sync.WaitGroup
				for range callers {
					wg.Go(func() {
						for range b.N/callers + 1 {
							ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
							raw := redis.NewRawCmd(ctx, "hgetall", "h")
							err := way.send(ctx, raw, redis.NewDurationCmd(ctx, time.Millisecond, "pttl", "h"))
							cancel()
							if err != nil || len(raw.Val()) < 500 {
								b.Errorf("%d bytes, %v", len(raw.Val()), err)
								return
							}
						}
					})
				}
				wg.Wait()
			})
		}
	}
}
