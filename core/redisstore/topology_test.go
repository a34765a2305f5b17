package redisstore_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

func shardOn(t *testing.T, name string) (redisstore.Shard, *miniredis.Miniredis) {
	t.Helper()
	m := miniredis.RunT(t)
	return redisstore.Shard{Name: name, URL: redisstore.NewURL("redis://" + m.Addr())}, m
}

func TestSessionsSpreadByWeight(t *testing.T) {
	a, onA := shardOn(t, "a")
	b, onB := shardOn(t, "b")
	c, onC := shardOn(t, "c")
	b.Weight = 2
	s := open(t, a, b, c)
	const n = 4000
	for range n {
		id := create(t, s)
		owner, err := s.Owner(id.Place)
		if err != nil {
			t.Fatal(err)
		}
		for name, m := range map[string]*miniredis.Miniredis{"a": onA, "b": onB, "c": onC} {
			if m.Exists(key(id)) != (name == owner) {
				t.Fatalf("session of shard %q: on shard %q %v", owner, name, m.Exists(key(id)))
			}
		}
	}
	for name, share := range map[*miniredis.Miniredis]float64{onA: 0.25, onB: 0.5, onC: 0.25} {
		// Six standard deviations of a binomial count, and the ring's own unevenness.
		if got, margin := float64(len(name.Keys())), 6*math.Sqrt(n*share*(1-share))+0.03*n*share; math.Abs(got-n*share) > margin {
			t.Errorf("%v of %d sessions on a shard with share %v, want within %.0f", got, n, share, margin)
		}
	}
}

// P7: adding a shard or changing weights moves nothing and logs nobody out.
func TestChangingTheShardsMovesNothing(t *testing.T) {
	a, _ := shardOn(t, "a")
	b, _ := shardOn(t, "b")
	c, onC := shardOn(t, "c")
	s := open(t, a, b)
	var ids []store.ID
	for range 100 {
		ids = append(ids, create(t, s))
	}
	heavy := a
	heavy.Weight = 50
	drained := b
	drained.Drain = true
	for _, change := range []struct {
		name   string
		shards []redisstore.Shard
		news   string // where new sessions go
	}{
		{"add", []redisstore.Shard{a, b, c}, "abc"},
		{"another order", []redisstore.Shard{c, b, a}, "abc"},
		{"reweight", []redisstore.Shard{heavy, b, c}, "abc"},
		{"drain", []redisstore.Shard{a, drained, c}, "ac"},
	} {
		if err := s.SetShards(t.Context(), change.shards); err != nil {
			t.Fatalf("%s: %v", change.name, err)
		}
		for _, id := range ids {
			if _, err := s.Load(t.Context(), id); err != nil {
				t.Fatalf("%s: a session is lost: %v", change.name, err)
			}
			if err := s.Save(t.Context(), id, set("k", "2")); err != nil {
				t.Fatalf("%s: %v", change.name, err)
			}
		}
		seen := map[string]bool{}
		for range 300 {
			owner, err := s.Owner(newID(t, s).Place)
			if err != nil {
				t.Fatal(err)
			}
			seen[owner] = true
		}
		for _, name := range []string{"a", "b", "c"} {
			if seen[name] != strings.Contains(change.news, name) {
				t.Errorf("%s: new sessions on %q: %v", change.name, name, seen[name])
			}
		}
	}
	if keys := onC.Keys(); len(keys) != 1 {
		t.Errorf("the new shard has the keys %q, want its mark alone", keys)
	}
	if got := s.Shards(); len(got) != 3 || got[1] != drained {
		t.Errorf("Shards() = %+v", got)
	}
}

func TestASessionOfARetiredOrUnknownShard(t *testing.T) {
	a, _ := shardOn(t, "a")
	b, _ := shardOn(t, "b")
	both := open(t, a, b)
	id := create(t, both)
	for owner := ""; owner != "b"; owner, _ = both.Owner(id.Place) {
		id = create(t, both)
	}
	ctx := t.Context()

	if err := both.SetShards(ctx, []redisstore.Shard{a, {Name: "b", Retired: true}}); err != nil {
		t.Fatal(err)
	}
	if _, err := both.Load(ctx, id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Load from a retired shard: %v, want ErrNotFound", err)
	}
	if err := both.Save(ctx, id, set("k", "2")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Save to a retired shard: %v, want ErrGone", err)
	}
	if err := errors.Join(destroy(ctx, both, id), both.Ping(ctx)); err != nil {
		t.Errorf("Destroy, Refresh, Ping with a retired shard: %v", err)
	}
	if owner, err := both.Owner(id.Place); owner != "b" || err != nil {
		t.Errorf("Owner = %q, %v; want b", owner, err)
	}

	if err := both.SetShards(ctx, []redisstore.Shard{a}); err != nil {
		t.Fatal(err)
	}
	_, err := both.Load(ctx, id)
	if err == nil || errors.Is(err, store.ErrNotFound) || !strings.Contains(err.Error(), "Retired") || !strings.Contains(err.Error(), "Drain") {
		t.Errorf("Load from a shard that is not listed: %v; want an error that says what to list", err)
	}
	if _, err := both.Owner(id.Place); err == nil {
		t.Error("Owner of a shard that is not listed: no error")
	}

	if err := both.SetShards(ctx, []redisstore.Shard{a, b}); err == nil || !strings.Contains(err.Error(), "was listed as Retired") {
		t.Errorf("a retired shard is listed again: %v", err)
	}

	a.Drain = true
	if err := both.SetShards(ctx, []redisstore.Shard{a}); err != nil {
		t.Fatal(err)
	}
	if _, err := both.NewPlace(ctx); err == nil || !strings.Contains(err.Error(), "drained") {
		t.Errorf("NewPlace with all shards drained: %v", err)
	}
}

func TestAFailedSetShardsChangesNothing(t *testing.T) {
	a, _ := shardOn(t, "a")
	s := open(t, a)
	id := create(t, s)
	for name, list := range map[string][]redisstore.Shard{
		"empty":                      nil,
		"a shard without an address": {a, {Name: "b"}},
		"a new shard that is down":   {a, {Name: "b", URL: redisstore.NewURL("redis://127.0.0.1:1")}},
		"an address that is down":    {{Name: "a", URL: redisstore.NewURL("redis://127.0.0.1:1")}},
	} {
		if err := s.SetShards(t.Context(), list); err == nil {
			t.Errorf("%s: no error", name)
		}
		if got := s.Shards(); len(got) != 1 || got[0] != a {
			t.Errorf("%s: Shards() = %+v", name, got)
		}
		if _, err := s.Load(t.Context(), id); err != nil {
			t.Errorf("%s: Load: %v", name, err)
		}
	}
}

// Clients of unchanged shards stay; those that leave are closed when their calls have ended, except the caller's own.
func TestClientsLeaveWhenTheirCallsHaveEnded(t *testing.T) {
	ctx := t.Context()
	a, _ := shardOn(t, "a")
	b, onB := shardOn(t, "b")
	mine, onMine := shardOn(t, "mine")
	entered, release := make(chan struct{}), make(chan struct{})
	var holds atomic.Bool
	hold := func(_ context.Context, cmds []redis.Cmder, next func() error) error {
		if len(cmds) > 1 && holds.Swap(false) {
			close(entered)
			<-release
		}
		return next()
	}
	client := clientOf(t, onMine.Addr())
	client.AddHook(redistest.Hook(hold))
	mine.URL, mine.Client = redisstore.URL{}, client
	s := open(t, a, b, mine)
	ids := map[string]store.ID{}
	for len(ids) < 3 {
		id := create(t, s)
		owner, _ := s.Owner(id.Place)
		ids[owner] = id
	}
	if _, err := s.Load(ctx, ids["b"]); err != nil { // go-redis has connections of their own for pipelines
		t.Fatal(err)
	}
	before := onB.TotalConnectionCount()
	reweighted := b
	reweighted.Weight = 9
	if err := s.SetShards(ctx, []redisstore.Shard{a, reweighted, mine}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(ctx, ids["b"]); err != nil || onB.TotalConnectionCount() != before {
		t.Errorf("after a change of weight: error %v, %d new connections", err, onB.TotalConnectionCount()-before)
	}

	holds.Store(true)
	result := make(chan error, 1)
	go func() {
		_, err := s.Load(ctx, ids["mine"])
		result <- err
	}()
	<-entered
	if err := s.SetShards(ctx, []redisstore.Shard{a}); err != nil {
		t.Fatal(err)
	}
	close(release)
	if err := <-result; err != nil {
		t.Errorf("a call that was under way when its shard left: %v", err)
	}
	if err := client.Ping(ctx).Err(); err != nil {
		t.Errorf("the caller's client was closed: %v", err)
	}
	eventually(t, "the client of a shard that left has no connections", func() bool { return onB.CurrentConnectionCount() == 0 })
}

func TestAClosedStoreSaysSo(t *testing.T) {
	a, _ := shardOn(t, "a")
	s := open(t, a)
	id := create(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := s.Load(t.Context(), id)
	_, placeErr := s.NewPlace(t.Context())
	for _, err := range []error{err, placeErr, s.Save(t.Context(), id, set("k", "1")), s.SetShards(t.Context(), []redisstore.Shard{a})} {
		if err == nil || !strings.Contains(err.Error(), "the store is closed") {
			t.Errorf("a call to a closed store: %v", err)
		}
	}
	if s.Shards() != nil || s.Close() != nil {
		t.Error("a closed store has shards, or cannot be closed again")
	}
}
