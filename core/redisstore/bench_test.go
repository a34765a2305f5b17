package redisstore_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// BenchmarkNeighbours tells what readers of one large session do to the others on
// its shard: twelve readers of a record of so many bytes, and eight callers who
// read sessions of their own. p50-µs and p99-µs are those of the eight.
func BenchmarkNeighbours(b *testing.B) {
	server := redistest.Start(b)
	s := openWith(b, redisstore.Options{}, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL() + "?pool_size=40")})
	for _, size := range []int{0, 4 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20} {
		b.Run(fmt.Sprintf("KiB=%d", size>>10), func(b *testing.B) {
			large := newID(b, s)
			if err := s.Create(b.Context(), large, set("k", strings.Repeat("x", size))); err != nil {
				b.Fatal(err)
			}
			ctx, stop := context.WithCancel(b.Context())
			var readers sync.WaitGroup
			for range 12 {
				readers.Go(func() {
					for size > 0 && ctx.Err() == nil {
						_, _ = s.Load(ctx, large)
						time.Sleep(10 * time.Millisecond)
					}
				})
			}
			var mu sync.Mutex
			var took []time.Duration
			var left atomic.Int64
			left.Store(int64(b.N))
			var callers sync.WaitGroup
			for range 8 {
				own := create(b, s)
				callers.Go(func() {
					for left.Add(-1) >= 0 {
						begun := time.Now()
						if _, err := s.Load(ctx, own); err != nil {
							b.Error(err)
							return
						}
						mu.Lock()
						took = append(took, time.Since(begun))
						mu.Unlock()
						time.Sleep(time.Millisecond)
					}
				})
			}
			callers.Wait()
			stop()
			readers.Wait()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkManySessions lists and ends the 100,000 sessions of one user on two
// shards. heap-KB is by how much the heap grows at most meanwhile, and p99-µs what a
// caller of another session waits while they end.
func BenchmarkManySessions(b *testing.B) {
	const all = 100_000
	a, c := redistest.Start(b), redistest.Start(b)
	s := openWith(b, redisstore.Options{}, redisstore.Shard{Name: "a", URL: redisstore.NewURL(a.URL())}, redisstore.Shard{Name: "b", URL: redisstore.NewURL(c.URL())})
	own := create(b, s)
	// neighbour reads a session until done, and returns the 99th percentile.
	neighbour := func(done <-chan struct{}) time.Duration {
		var took []time.Duration
		for tick := time.NewTicker(2 * time.Millisecond); ; {
			select {
			case <-done:
				tick.Stop()
				slices.Sort(took)
				return took[len(took)*99/100]
			case <-tick.C:
				begun := time.Now()
				_, _ = s.Load(b.Context(), own)
				took = append(took, time.Since(begun))
			}
		}
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for _, what := range []string{"list", "end"} {
		b.Run(what, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				if what == "end" || b.N == 1 {
					logins(b, s, "ada", all)
				}
				runtime.GC()
				before, peak := heap(), uint64(0)
				done := make(chan struct{})
				p99 := make(chan time.Duration, 1)
				go func() { p99 <- neighbour(done) }()
				b.StartTimer()
				n := 0
				switch what {
				case "list":
					for q := (store.Query{Limit: 500}); ; {
						page, err := s.List(b.Context(), ada, q)
						if err != nil {
							b.Fatal(err)
						}
						n += len(page.Sessions)
						peak = max(peak, heap())
						if q.After = page.Next; q.After == "" {
							break
						}
					}
				case "end":
					var err error
					n, err = s.End(b.Context(), ada, store.Ending{Progress: func(int) { peak = max(peak, heap()) }})
					if err != nil {
						b.Fatal(err)
					}
				}
				b.StopTimer()
				close(done)
				b.ReportMetric(float64((<-p99).Microseconds()), "p99-µs")
				b.ReportMetric(float64(max(peak, before)-before)/1024, "heap-KB")
				if n < all {
					b.Fatalf("%d sessions", n)
				}
			}
		})
	}
}
