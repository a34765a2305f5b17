package redisstore_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
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

// H2, R40: each call goes to another of three processes, each with a store and
// connections of its own, on three servers.
func TestStoreOfThreeProcesses(t *testing.T) {
	a, b, c := redistest.Start(t), redistest.Start(t), redistest.Start(t)
	shards := []redisstore.Shard{
		{Name: "a", URL: redisstore.NewURL(a.URL())}, {Name: "b", URL: redisstore.NewURL(b.URL()), Weight: 2}, {Name: "c", URL: redisstore.NewURL(c.UnixURL())},
	}
	storetest.Run(t, func(t *testing.T) (store.Store, func(time.Duration)) {
		all := &roundRobin{stores: []*redisstore.Store{open(t, shards...), open(t, shards...), open(t, shards...)}}
		return all, func(d time.Duration) {
			for _, server := range []*redistest.Server{a, b, c} {
				server.Advance(t, d)
			}
		}
	})
}

// A roundRobin gives each call to the next of its stores.
type roundRobin struct {
	stores []*redisstore.Store
	calls  atomic.Int64
}

func (p *roundRobin) next() *redisstore.Store { return p.stores[int(p.calls.Add(1))%len(p.stores)] }

func (p *roundRobin) NewPlace(ctx context.Context) (string, error) { return p.next().NewPlace(ctx) }

func (p *roundRobin) Create(ctx context.Context, id store.ID, d store.Delta) error {
	return p.next().Create(ctx, id, d)
}

func (p *roundRobin) Load(ctx context.Context, id store.ID) (*store.Record, error) {
	return p.next().Load(ctx, id)
}

func (p *roundRobin) Save(ctx context.Context, id store.ID, d store.Delta) error {
	return p.next().Save(ctx, id, d)
}

func (p *roundRobin) Renew(ctx context.Context, id store.ID, next string, d store.Delta) error {
	return p.next().Renew(ctx, id, next, d)
}

func (p *roundRobin) Refresh(ctx context.Context, id store.ID) error {
	return p.next().Refresh(ctx, id)
}

func (p *roundRobin) Destroy(ctx context.Context, id store.ID, within time.Duration) (string, error) {
	return p.next().Destroy(ctx, id, within)
}

func (p *roundRobin) List(ctx context.Context, of store.Owner, q store.Query) (store.Page, error) {
	return p.next().List(ctx, of, q)
}

func (p *roundRobin) End(ctx context.Context, of store.Owner, e store.Ending) (int, error) {
	return p.next().End(ctx, of, e)
}

func TestStoreOnACluster(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 1)
	runOn(t, cluster.Primaries, redisstore.Shard{Name: "a", Client: cluster.Client()})
}

func TestStoreBehindSentinel(t *testing.T) {
	sentinel := redistest.StartSentinel(t)
	runOn(t, []*redistest.Server{sentinel.Primary}, redisstore.Shard{Name: "a", Client: sentinel.Client()})
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
