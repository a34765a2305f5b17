package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// isOver reports whether the server has the memory of the session's end.
func isOver(t *testing.T, c redis.Cmdable, id store.ID) bool {
	return c.HExists(context.WithoutCancel(t.Context()), key(id), "@ended").Val()
}

// endsWithin waits until the sessions are over, and fails if that takes longer.
func endsWithin(t *testing.T, limit time.Duration, c redis.Cmdable, ids []store.ID) {
	t.Helper()
	begun := time.Now()
	eventually(t, "the sessions end", func() bool {
		return !slices.ContainsFunc(ids, func(id store.ID) bool { return !isOver(t, c, id) })
	})
	if took := time.Since(begun); took > limit {
		t.Errorf("the sessions ended after %v, want %v", took, limit)
	}
}

// onShard returns those of the sessions that the shard has.
func onShard(s *redisstore.Store, name string, ids []store.ID) (on, off []store.ID) {
	for _, id := range ids {
		if owner, _ := s.Owner(id.Place); owner == name {
			on = append(on, id)
		} else {
			off = append(off, id)
		}
	}
	return on, off
}

// onBoth creates n sessions of the user on servers a and b, by a store that is closed
// then and has more patience than those of the tests.
func onBoth(t *testing.T, a, b *redistest.Server, user string, n int) (onA, onB []store.ID) {
	t.Helper()
	shards := []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(a.URL())}, {Name: "b", URL: redisstore.NewURL(b.URL())}}
	s := open(t, shards...)
	onA, onB = onShard(s, "a", logins(t, s, user, n))
	if err := s.Close(); err != nil || len(onA) == 0 || len(onB) == 0 {
		t.Fatalf("%d sessions on a, %d on b, %v", len(onA), len(onB), err)
	}
	return onA, onB
}

// R40, P11: a shard does not answer when a user's sessions end. They end within two
// seconds of its return, though the process that was told to end them has died. A
// login after that lives.
func TestTheSessionsOfAShardThatDoesNotAnswerEndWhenItReturns(t *testing.T) {
	for _, row := range []struct {
		name        string
		fail, heal  func(*redistest.Server)
		fresh, slow bool // the process that carries out is opened after the return; it sees the failure
	}{
		{"paused", (*redistest.Server).Pause, (*redistest.Server).Resume, false, false},
		{"paused, and its breaker is open", (*redistest.Server).Pause, (*redistest.Server).Resume, false, true},
		{"paused, and all processes die", (*redistest.Server).Pause, (*redistest.Server).Resume, true, false},
		{"killed", (*redistest.Server).Kill, (*redistest.Server).Restart, false, false},
		{"killed, and all processes die", (*redistest.Server).Kill, (*redistest.Server).Restart, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, b := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always"), redistest.Start(t)
			shards := []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(a.URL() + "?read_timeout=300ms")}, {Name: "b", URL: redisstore.NewURL(b.URL())}}
			var told, did recorder
			s := openWith(t, redisstore.Options{OnEvent: told.add}, shards...)
			onA, onB := onBoth(t, a, b, "ada", 40)
			bob, _ := onBoth(t, a, b, "bob", 20)
			openOther := func() *redisstore.Store { return openWith(t, redisstore.Options{OnEvent: did.add}, shards...) }
			var other *redisstore.Store
			if !row.fresh {
				other = openOther()
			}
			row.fail(a)
			for row.slow && other.Health(t.Context()).Shards[0].Breaker == "closed" {
				_, _ = other.Load(t.Context(), onA[0])
			}
			spared := onA[0]
			onA = onA[1:]
			n, err := s.End(t.Context(), ada, store.Ending{Except: spared.Place, Orders: life.Absolute})
			partial := (*store.PartialError)(nil)
			if !errors.As(err, &partial) || fmt.Sprint(partial.Shards) != "[a]" || !partial.Ordered || n != len(onB) {
				t.Errorf("ended %d, %v", n, err)
			}
			if e := told.find(core.EventEndOrdered); len(e) != 1 || e[0].Shard != "a" || e[0].User != "ada" || e[0].Reason != "" {
				t.Errorf("events of the order: %+v", e)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			row.heal(a)
			if row.fresh {
				other = openOther()
			}
			endsWithin(t, 2*time.Second, a.Client(), onA)
			for _, id := range append(bob, spared) { // as soon as the breaker closes
				eventually(t, "a session that was to live is there", func() bool {
					_, err := other.Load(t.Context(), id)
					return err == nil
				})
			}
			eventually(t, "the orders are gone, and that is told", func() bool {
				keys := append(a.Client().Keys(t.Context(), "*orders*").Val(), b.Client().Keys(t.Context(), "*orders*").Val()...)
				e := did.find(core.EventEndCarriedOut)
				return len(keys) == 0 && len(e) > 0 && e[0].Shard == "a" && e[0].User == "ada"
			})
			if e := did.find(core.EventEndCarriedOut); e[0].Count != len(onA) {
				t.Errorf("events: %+v, want that %d ended", e, len(onA))
			}
			if times, _ := listAll(t, other, ada, 0); len(times) != 1 {
				t.Errorf("listed %v", times)
			}
		})
	}
}

// A login that comes after the order, but before the order is carried out, lives,
// however long the scripts are on their way.
func TestAnOrderSparesTheLoginsAfterIt(t *testing.T) {
	a, b := redistest.Start(t), redistest.Start(t)
	line := redistest.NewProxy(t, a.Addr())
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(line.URL())}, redisstore.Shard{Name: "b", URL: redisstore.NewURL(b.URL())})
	oldA, _ := onBoth(t, a, b, "ada", 30)
	line.CutAfter(0) // the caller does not reach the shard, others do
	if _, err := s.End(t.Context(), ada, store.Ending{Orders: life.Absolute}); err == nil {
		t.Fatal("no error though the shard was cut off")
	}
	time.Sleep(300 * time.Millisecond)                                             // more than the reply with the order takes
	alone := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(a.URL())}) // it looks for no orders
	young := logins(t, alone, "ada", 30)
	guest := create(t, alone)
	next := idAt(t, guest.Place)
	if err := alone.Renew(t.Context(), guest, next.Fingerprint, login("ada")); err != nil {
		t.Fatal(err)
	}
	o, err := redisstore.ClientOptions(a.URL())
	if err != nil {
		t.Fatal(err)
	}
	slow := redis.NewClient(o)
	t.Cleanup(func() { _ = slow.Close() })
	slow.AddHook(redistest.Hook(func(_ context.Context, cmds []redis.Cmder, next func() error) error {
		if args := cmds[0].Args(); args[0] == "evalsha" && // an end
			strings.Contains(fmt.Sprint(args[2:]...), ada.User) {
			time.Sleep(600 * time.Millisecond)
		}
		return next()
	}))
	other := open(t, redisstore.Shard{Name: "a", Client: slow}, redisstore.Shard{Name: "b", URL: redisstore.NewURL(b.URL())})
	endsWithin(t, 2*time.Second, a.Client(), oldA)
	for _, id := range append(young, next) {
		if _, err := other.Load(t.Context(), id); err != nil {
			t.Errorf("a login after the order: %v", err)
		}
	}
}

// A process whose breaker was open carries the orders out before it serves a session
// of the shard again.
func TestABreakerClosesAfterTheOrders(t *testing.T) {
	for range 5 {
		a, b := redistest.Start(t), redistest.Start(t)
		shards := []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(a.URL() + "?read_timeout=100ms")}, {Name: "b", URL: redisstore.NewURL(b.URL())}}
		s, other := open(t, shards...), open(t, shards...)
		onA, _ := onBoth(t, a, b, "ada", 40)
		a.Pause()
		for other.Health(t.Context()).Shards[0].Breaker == "closed" {
			_, _ = other.Load(t.Context(), onA[0])
		}
		_, err := s.End(t.Context(), ada, store.Ending{Orders: life.Absolute})
		if partial := (*store.PartialError)(nil); !errors.As(err, &partial) || !partial.Ordered {
			t.Fatal(err)
		}
		a.Resume()
		served := 0
		eventually(t, "the sessions are gone", func() bool {
			over := 0
			for _, id := range onA {
				_, err := other.Load(t.Context(), id)
				if gone := (*store.GoneError)(nil); errors.As(err, &gone) {
					over++
				} else if err == nil {
					served++
				}
			}
			return over == len(onA)
		})
		if served > 0 {
			t.Errorf("%d reads of sessions that an order was to end", served)
		}
	}
}

// A store of one server keeps the order itself, for as long as the process lives.
func TestAnOrderOfOneServerIsKeptInTheProcess(t *testing.T) {
	server := redistest.Start(t)
	var told recorder
	s := openWith(t, redisstore.Options{OnEvent: told.add}, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL() + "?read_timeout=200ms")})
	ids := logins(t, open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())}), "ada", 5)
	server.Pause()
	for _, orders := range []time.Duration{0, life.Absolute} {
		_, err := s.End(t.Context(), ada, store.Ending{Only: ids[0].Place, Orders: orders})
		partial := (*store.PartialError)(nil)
		if !errors.As(err, &partial) || partial.Ordered || !strings.Contains(err.Error(), "no answer from shard a") {
			t.Errorf("ended with orders for %v: %v", orders, err)
		}
	}
	if e := told.find(core.EventEndOrdered); len(e) != 1 || e[0].Reason != "no other shard keeps the order" {
		t.Errorf("events: %+v", e)
	}
	server.Resume()
	endsWithin(t, 2*time.Second, server.Client(), ids[:1])
	time.Sleep(20 * time.Millisecond)
	for _, id := range ids[1:] {
		if isOver(t, server.Client(), id) {
			t.Error("the order was for another session")
		}
	}
}

// One primary of a Cluster is down: its sessions end when it is back, those of the
// others at once, whichever primary has the index. That the others do not know the
// scripts, as after a failover, does not hide that one is down.
func TestAClusterThatLacksOneServer(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 0, "--cluster-require-full-coverage", "no", "--cluster-node-timeout", "30000")
	newClient := func() *redis.ClusterClient {
		c := redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: cluster.Addrs(), ContextTimeoutEnabled: true, MaxRetries: -1,
			ReadTimeout: 300 * time.Millisecond, DialTimeout: 300 * time.Millisecond,
		})
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	open(t, redisstore.Shard{Name: "a", Client: newClient()}) // carries out what others leave
	ordered := 0
	for i := range 2 * len(cluster.Primaries) {
		down, user := cluster.Primaries[i/2], fmt.Sprint("user", i)
		s := open(t, redisstore.Shard{Name: "a", Client: newClient()})
		ids := logins(t, s, user, []int{250, 40}[i%2]) // several pages, and one
		for _, server := range cluster.Primaries {
			if err := server.Client().ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
		index := cluster.Owner(t, indexKey("user", user))
		var there []store.ID
		for _, id := range ids {
			if cluster.Owner(t, key(id)) == down {
				there = append(there, id)
			}
		}
		down.Pause()
		n, err := s.End(t.Context(), store.Owner{User: user}, store.Ending{Orders: life.Absolute})
		partial := (*store.PartialError)(nil)
		if !errors.As(err, &partial) || fmt.Sprint(partial.Shards) != "[a]" {
			t.Fatalf("server %d down: ended %d, %v", i, n, err)
		}
		if index != down && n != len(ids)-len(there) {
			t.Errorf("server %d down: ended %d of %d, of which it has %d", i, n, len(ids), len(there))
		}
		if partial.Ordered { // else the process has the order alone
			ordered++
			_ = s.Close()
		}
		down.Resume()
		endsWithin(t, 2*time.Second, cluster.Client(), ids)
		_ = s.Close()
	}
	if ordered != 4 {
		t.Errorf("%d orders were kept by the rest of the Cluster, want 4: one server has the orders", ordered)
	}
}

// Orders for many users, more than one reply has, are carried out in time. Those for
// a retired shard are dropped, and all expire.
func TestManyOrders(t *testing.T) {
	a, b := redistest.Start(t), redistest.Start(t)
	shards := []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(a.URL() + "?read_timeout=200ms")}, {Name: "b", URL: redisstore.NewURL(b.URL())}}
	s := open(t, shards...)
	const users = 700
	var onA []store.ID
	for i := range users {
		id := newID(t, s)
		if err := s.Create(t.Context(), id, login(fmt.Sprint("user\xff", i))); err != nil {
			t.Fatal(err)
		}
		if owner, _ := s.Owner(id.Place); owner == "a" {
			onA = append(onA, id)
		}
	}
	order := func(s *redisstore.Store, i int, life time.Duration) {
		_, err := s.End(t.Context(), store.Owner{User: fmt.Sprint("user\xff", i)}, store.Ending{Orders: life})
		if partial := (*store.PartialError)(nil); !errors.As(err, &partial) || !partial.Ordered {
			t.Errorf("order %d: %v", i, err)
		}
	}
	a.Pause()
	var wg sync.WaitGroup
	for part := range 20 {
		wg.Go(func() {
			for i := part; i < users; i += 20 {
				order(s, i, life.Absolute)
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	keys := b.Client().Keys(t.Context(), "session:{orders}:*").Val()
	if len(keys) != 1 || b.Client().ZCard(t.Context(), keys[0]).Val() != users {
		t.Fatalf("orders under %v", keys)
	}
	if ttl := b.Client().PTTL(t.Context(), keys[0]).Val(); ttl > life.Absolute || ttl < life.Absolute-time.Minute {
		t.Errorf("the orders live %v", ttl)
	}
	a.Resume()
	s = open(t, shards...)
	endsWithin(t, 2*time.Second, a.Client(), onA)
	eventually(t, "the orders are gone", func() bool { return b.Client().Exists(t.Context(), keys[0]).Val() == 0 })

	a.Pause()
	order(s, 1, life.Absolute)
	retired := []redisstore.Shard{{Name: "a", Retired: true}, shards[1], {Name: "c", URL: redisstore.NewURL(redistest.Start(t).URL())}}
	if err := s.SetShards(t.Context(), retired); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the orders for a retired shard are gone", func() bool { return b.Client().Exists(t.Context(), keys[0]).Val() == 0 })
	a.Resume()
}
