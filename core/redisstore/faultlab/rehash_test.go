package faultlab

import (
	"context"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
)

// rehashing goes to the next server when a session's own does not answer, as go-redis's Ring does.
type rehashing struct {
	core.Store
	servers []core.Store
}

func newRehashing(t *testing.T, l *lab) core.Store {
	t.Helper()
	r := rehashing{Store: l.real}
	for _, sh := range l.shards {
		// One name for all, so that each of them takes every id.
		l.open([]redisstore.Shard{{Name: "any", URL: "redis://" + sh.proxy.addr}}, nil)
		r.servers = append(r.servers, l.real)
	}
	r.Store = r.servers[0]
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

func (r rehashing) try(id core.ID, call func(core.Store) error) (err error) {
	first := int(id.Place()[core.PlaceLen-1])
	for i := range r.servers {
		if err = call(r.servers[(first+i)%len(r.servers)]); !outcomeOf(err).isError() {
			break
		}
	}
	return err
}

func (r rehashing) Create(ctx context.Context, id core.ID, nonce string, d core.Delta) error {
	return r.try(id, func(s core.Store) error { return s.Create(ctx, id, nonce, d) })
}

func (r rehashing) Load(ctx context.Context, id core.ID) (found *core.Record, err error) {
	err = r.try(id, func(s core.Store) error { found, err = s.Load(ctx, id); return err })
	return found, err
}

func (r rehashing) Save(ctx context.Context, id core.ID, d core.Delta) error {
	return r.try(id, func(s core.Store) error { return s.Save(ctx, id, d) })
}

func (r rehashing) Renew(ctx context.Context, id, next core.ID, d core.Delta) error {
	return r.try(id, func(s core.Store) error { return s.Renew(ctx, id, next, d) })
}

func (r rehashing) Refresh(ctx context.Context, id core.ID, life core.Lifetimes) error {
	return r.try(id, func(s core.Store) error { return s.Refresh(ctx, id, life) })
}

func (r rehashing) Destroy(ctx context.Context, id core.ID) error {
	return r.try(id, func(s core.Store) error { return s.Destroy(ctx, id) })
}
