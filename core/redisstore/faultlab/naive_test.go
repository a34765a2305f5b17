package faultlab

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
)

// A bench is what naive stores are made of: the real store and a client for each of its shards.
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

func (b bench) client(id core.ID) *redis.Client {
	name, err := b.Owner(id)
	if err != nil {
		panic(err)
	}
	return b.clients[name]
}

func key(id core.ID) string { return "session:{" + id.Place() + "}" + id.Secret() }

// wholeValue reads a session, changes it and writes all of it back, as stores do that keep it in one value.
type wholeValue struct{ bench }

func (b wholeValue) Save(ctx context.Context, id core.ID, d core.Delta) error {
	c := b.client(id)
	hash, err := c.HGetAll(ctx, key(id)).Result()
	switch {
	case err != nil:
		return err
	case len(hash) == 0:
		return core.ErrGone
	case hash["@next"] != "":
		return core.ErrRenewed
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

// unguarded writes the fields that changed, whether the session still exists or not.
type unguarded struct{ bench }

func (b unguarded) Save(ctx context.Context, id core.ID, d core.Delta) error {
	now := time.Now()
	fields := map[string]string{
		"@id": id.Secret()[:16], "@nonce": "nonce",
		"@created": fmt.Sprint(now.UnixMilli()), "@deadline": fmt.Sprint(now.Add(d.Absolute).UnixMilli()),
	}
	maps.Copy(fields, d.Set)
	_, err := b.client(id).TxPipelined(ctx, func(p redis.Pipeliner) error {
		gone := d.Delete
		if d.Clear {
			gone = []string{keyName(0), keyName(1), keyName(2)}
		}
		if len(gone) > 0 {
			p.HDel(ctx, key(id), gone...)
		}
		p.HSet(ctx, key(id), fields)
		p.PExpire(ctx, key(id), d.Idle)
		return nil
	})
	return err
}

// checkFirst asks whether the session exists, and then writes.
type checkFirst struct{ bench }

func (b checkFirst) Save(ctx context.Context, id core.ID, d core.Delta) error {
	switch _, err := b.Load(ctx, id); {
	case err == core.ErrRenewed, err != nil && outcomeOf(err) != notFound:
		return err
	case err != nil:
		return core.ErrGone
	}
	return unguarded(b).Save(ctx, id, d)
}

// unmarked forgets the old id as soon as a session is renewed.
type unmarked struct{ bench }

func (b unmarked) Renew(ctx context.Context, id, next core.ID, d core.Delta) error {
	if err := b.bench.Renew(ctx, id, next, d); err != nil {
		return err
	}
	return b.client(id).Del(ctx, key(id)).Err()
}

// insistent repeats a create that failed, and does not say that it is the same.
type insistent struct {
	bench
	attempts *atomic.Int64
}

func (b insistent) Create(ctx context.Context, id core.ID, _ string, d core.Delta) error {
	var doubt error
	for range 4 {
		err := b.bench.Create(ctx, id, fmt.Sprint("nonce", b.attempts.Add(1)), d)
		if !outcomeOf(err).isError() {
			return err
		}
		if doubt == nil || outcomeOf(err) == unknown {
			doubt = err
		}
	}
	return doubt
}
