package faults

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
)

// A bench is what naive stores are made of: the real store and a client for each
// of its shards.
type bench struct {
	*redisstore.Store
	clients map[string]*redis.Client
}

func newBench(t *testing.T, l *lab) bench {
	t.Helper()
	b := bench{l.real, make(map[string]*redis.Client)}
	for _, sh := range l.shards {
		o, err := redisstore.ClientOptions("redis://" + sh.proxy.addr)
		if err != nil {
			t.Fatal(err)
		}
		c := redis.NewClient(o)
		t.Cleanup(func() { _ = c.Close() })
		b.clients[sh.name] = c
	}
	return b
}

func (b bench) client(id store.ID) *redis.Client {
	name, err := b.Owner(id.Place)
	if err != nil {
		panic(err)
	}
	return b.clients[name]
}

func key(id store.ID) string { return "session:" + id.Place }

// wholeValue reads a session, changes it and writes all of it back, as stores do
// that keep it in one value.
type wholeValue struct{ bench }

func (b wholeValue) Save(ctx context.Context, id store.ID, d store.Delta) error {
	c := b.client(id)
	hash, err := c.HGetAll(ctx, key(id)).Result()
	if err != nil {
		return err
	}
	if hash["@id"] != id.Place+id.Fingerprint || hash["@ended"] != "" {
		return b.bench.Save(ctx, id, d) // it knows what to answer
	}
	if d.Clear {
		maps.DeleteFunc(hash, func(name, _ string) bool { return !strings.HasPrefix(name, "@") })
	}
	for _, name := range d.Delete {
		delete(hash, name)
	}
	maps.Copy(hash, d.Set)
	_, err = c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, key(id))
		p.HSet(ctx, key(id), hash)
		p.PExpire(ctx, key(id), d.Idle)
		return nil
	})
	return err
}

// unguarded writes the fields that changed, whether the session still exists or
// not.
type unguarded struct{ bench }

func (b unguarded) Save(ctx context.Context, id store.ID, d store.Delta) error {
	now := time.Now()
	fields := map[string]string{
		"@id": id.Place + id.Fingerprint, "@s": "0", "@i": fmt.Sprint(d.Idle.Milliseconds()),
		"@c": fmt.Sprint(now.UnixMilli()),
		"@u": fmt.Sprint(now.UnixMilli()),
		"@d": fmt.Sprint(now.Add(d.Absolute).UnixMilli()),
	}
	maps.Copy(fields, d.Set)
	_, err := b.client(id).TxPipelined(ctx, func(p redis.Pipeliner) error {
		gone := append([]string{"@ended"}, d.Delete...)
		if d.Clear {
			gone = append(gone, "a", "b", "c")
		}
		p.HDel(ctx, key(id), gone...)
		p.HSet(ctx, key(id), fields)
		p.PExpire(ctx, key(id), d.Idle)
		return nil
	})
	return err
}

// checkFirst asks whether the session exists, and then writes.
type checkFirst struct{ bench }

func (b checkFirst) Save(ctx context.Context, id store.ID, d store.Delta) error {
	if _, err := b.Load(ctx, id); err != nil {
		return err
	}
	return unguarded(b).Save(ctx, id, d)
}

// unmarked forgets that a session was renewed, unless by a login.
type unmarked struct{ bench }

func (b unmarked) Renew(ctx context.Context, id store.ID, next string, d store.Delta) error {
	if err := b.bench.Renew(ctx, id, next, d); err != nil || d.Login.User != "" {
		return err
	}
	return b.client(id).HDel(ctx, key(id), "@renewed").Err()
}

// traceless drops a session and remembers nothing, so that a create that was on
// its way brings it back.
type traceless struct{ bench }

func (b traceless) Destroy(ctx context.Context, id store.ID, within time.Duration) (string, error) {
	user, err := b.bench.Destroy(ctx, id, within)
	if err != nil {
		return "", err
	}
	return user, b.client(id).Del(ctx, key(id)).Err()
}

// nonceless does not know a save that is repeated.
type nonceless struct{ bench }

func (b nonceless) Save(ctx context.Context, id store.ID, d store.Delta) error {
	d.Nonce = ""
	return b.bench.Save(ctx, id, d)
}

// forgetful knows the last save only.
type forgetful struct{ bench }

func (b forgetful) Save(ctx context.Context, id store.ID, d store.Delta) error {
	c := b.client(id)
	if name, err := c.HGet(ctx, key(id), "@id").Result(); err == nil && len(name) > 34+6 {
		c.HSet(ctx, key(id), "@id", name[:34]+name[len(name)-6:])
	}
	return b.bench.Save(ctx, id, d)
}

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
