package redisstore_test

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/core/storetest"
	"github.com/ringsession/ringsession/internal/redistest"
)

func TestStoreOnMiniredis(t *testing.T) {
	storetest.Run(t, func(t *testing.T) (store.Store, func(time.Duration)) {
		m := miniredis.RunT(t)
		now := time.Now()
		m.SetTime(now)
		// Its Lua takes seconds for 50,000 fields, with the race detector.
		url := "redis://" + m.Addr() + "?read_timeout=20s"
		return open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(url)}), func(d time.Duration) {
			now = now.Add(d)
			m.SetTime(now)
			m.FastForward(d)
		}
	})
}

func TestStoreOnAServer(t *testing.T) {
	server := redistest.Start(t)
	runOn(t, []*redistest.Server{server}, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.UnixURL())})
}

func TestStoreOnAServerWithThePlainPool(t *testing.T) {
	server := redistest.Start(t)
	runWith(t, redisstore.Options{PlainPool: true}, []*redistest.Server{server}, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.UnixURL())})
}

func TestStoreOnThreeServersByWeight(t *testing.T) {
	a, b, c := redistest.Start(t), redistest.Start(t), redistest.Start(t)
	runOn(t, []*redistest.Server{a, b, c},
		redisstore.Shard{Name: "a", URL: redisstore.NewURL(a.URL())},
		redisstore.Shard{Name: "b", URL: redisstore.NewURL(b.URL()), Weight: 2},
		redisstore.Shard{Name: "c", URL: redisstore.NewURL(c.UnixURL())})
}

func TestStoreOnACluster(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 1)
	runOn(t, cluster.Primaries, redisstore.Shard{Name: "a", Client: cluster.Client()})
}

func TestStoreBehindSentinel(t *testing.T) {
	sentinel := redistest.StartSentinel(t)
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: redistest.MasterName, SentinelAddrs: sentinel.Addrs(), ContextTimeoutEnabled: true, MaxRetries: -1,
	})
	t.Cleanup(func() { _ = client.Close() })
	runOn(t, []*redistest.Server{sentinel.Primary}, redisstore.Shard{Name: "a", Client: client})
}

// runOn plays the suite on shards of servers that all rules share.
func runOn(t *testing.T, servers []*redistest.Server, shards ...redisstore.Shard) {
	runWith(t, redisstore.Options{}, servers, shards...)
}

func runWith(t *testing.T, o redisstore.Options, servers []*redistest.Server, shards ...redisstore.Shard) {
	storetest.Run(t, func(t *testing.T) (store.Store, func(time.Duration)) {
		return openWith(t, o, shards...), func(d time.Duration) {
			for _, server := range servers {
				server.Advance(t, d)
			}
		}
	})
}
