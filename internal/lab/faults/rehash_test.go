package faults

import (
	"context"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
)

// rehashing goes to the next server when a session's own does not answer, as go-redis's Ring does.
type rehashing struct {
	shardStore
	servers []shardStore
}

func newRehashing(t *testing.T, l *lab) shardStore {
	t.Helper()
	r := rehashing{shardStore: l.real}
	for _, sh := range l.shards {
		// One name for all, so that each of them takes every ID. With the lab's prefix
		// the servers would have other names already.
		l.open([]redisstore.Shard{{Name: "any", URL: redisstore.NewURL("redis://" + sh.proxy.addr)}}, &redisstore.Options{Prefix: "any:"})
		r.servers = append(r.servers, l.real)
	}
	r.shardStore = r.servers[0]
	return r
}

func (r rehashing) NewPlace(context.Context) (place string, err error) {
	for _, s := range r.servers {
		if place, err = s.NewPlace(context.Background()); err == nil {
			break
		}
	}
	return place, err
}

func (r rehashing) try(id store.ID, call func(shardStore) error) (err error) {
	first := int(id.Place[store.PlaceLen-1])
	for i := range r.servers {
		if err = call(r.servers[(first+i)%len(r.servers)]); !outcomeOf(err).Failed() {
			break
		}
	}
	return err
}

func (r rehashing) Create(ctx context.Context, id store.ID, d store.Delta) error {
	return r.try(id, func(s shardStore) error { return s.Create(ctx, id, d) })
}

func (r rehashing) Load(ctx context.Context, id store.ID) (found *store.Record, err error) {
	err = r.try(id, func(s shardStore) error { found, err = s.Load(ctx, id); return err })
	return found, err
}

func (r rehashing) Save(ctx context.Context, id store.ID, d store.Delta) error {
	return r.try(id, func(s shardStore) error { return s.Save(ctx, id, d) })
}

func (r rehashing) Renew(ctx context.Context, id store.ID, next string, d store.Delta) error {
	return r.try(id, func(s shardStore) error { return s.Renew(ctx, id, next, d) })
}

func (r rehashing) Refresh(ctx context.Context, id store.ID) error {
	return r.try(id, func(s shardStore) error { return s.Refresh(ctx, id) })
}

func (r rehashing) Destroy(ctx context.Context, id store.ID, within time.Duration) (user string, err error) {
	err = r.try(id, func(s shardStore) (err error) {
		user, err = s.Destroy(ctx, id, within)
		return err
	})
	return user, err
}
