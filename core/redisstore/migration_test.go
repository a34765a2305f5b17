package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// A migration moves the slot of one key from one primary to another, step by step.
type migration struct {
	t        *testing.T
	cluster  *redistest.Cluster
	key      string
	slot     int64
	from, to *redistest.Server
}

func newMigration(t *testing.T, cluster *redistest.Cluster, key string) *migration {
	m := &migration{t: t, cluster: cluster, key: key, from: cluster.Owner(t, key)}
	m.slot = m.from.Client().ClusterKeySlot(t.Context(), key).Val()
	for _, server := range cluster.Primaries {
		if server != m.from {
			m.to = server
		}
	}
	return m
}

func (m *migration) do(server *redistest.Server, args ...any) {
	m.t.Helper()
	if err := server.Client().Do(m.t.Context(), args...).Err(); err != nil {
		m.t.Fatalf("%v at %s: %v", args, server.Addr(), err)
	}
}

func (m *migration) begin() {
	m.do(m.to, "cluster", "setslot", m.slot, "importing", m.from.Client().ClusterMyID(m.t.Context()).Val())
	m.do(m.from, "cluster", "setslot", m.slot, "migrating", m.to.Client().ClusterMyID(m.t.Context()).Val())
}

func (m *migration) move() {
	host, port, err := net.SplitHostPort(m.to.Addr())
	if err != nil {
		m.t.Fatal(err)
	}
	m.do(m.from, "migrate", host, port, m.key, 0, 5000)
}

func (m *migration) end() {
	id := m.to.Client().ClusterMyID(m.t.Context()).Val()
	m.do(m.to, "cluster", "setslot", m.slot, "node", id)
	for _, server := range m.cluster.Primaries {
		m.do(server, "cluster", "setslot", m.slot, "node", id)
	}
}

// holders is how many servers have the value, if asked in spite of the migration.
func (m *migration) holders(field, value string) (n int) {
	for _, server := range m.cluster.Primaries {
		var got *redis.StringCmd
		_, _ = server.Client().Pipelined(m.t.Context(), func(p redis.Pipeliner) error {
			p.Do(m.t.Context(), "asking")
			got = p.HGet(m.t.Context(), m.key, field)
			return nil
		})
		if got.Val() == value {
			n++
		}
	}
	return n
}

// A record has one key for its whole life, so a logout meets it wherever the slot is.
func TestALogoutDuringASlotMigrationIsFinal(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 0)
	for _, plain := range []bool{false, true} {
		s := openOn(t, cluster, plain)
		for _, state := range []struct {
			name string
			play func(*migration)
		}{
			{"the key is born meanwhile", (*migration).begin},
			{"the key has not moved", (*migration).begin},
			{"the key has moved", func(m *migration) { m.begin(); m.move() }},
			{"the slot has moved", func(m *migration) { m.begin(); m.move(); m.end() }},
		} {
			for _, with := range []string{"the former id", "the new id"} {
				t.Run(fmt.Sprintf("%s, %s, plain pool %v", state.name, with, plain), func(t *testing.T) {
					former := newID(t, s)
					m := newMigration(t, cluster, key(former))
					if state.name == "the key is born meanwhile" {
						state.play(m)
					}
					if err := s.Create(t.Context(), former, set("k", "1")); err != nil {
						t.Fatal(err)
					}
					if state.name != "the key is born meanwhile" {
						state.play(m)
					}
					next := idAt(t, former.Place)
					if err := s.Renew(t.Context(), former, next.Fingerprint, set("k", "1")); err != nil {
						t.Fatalf("renew: %v", err)
					}
					if r, err := s.Load(t.Context(), next); err != nil || r.Fields["k"] != "1" || m.holders("k", "1") != 1 {
						t.Fatalf("load after the renewal: %v, %v; %d servers have it", r, err, m.holders("k", "1"))
					}
					id := next
					if with == "the former id" {
						id = former
					}
					if _, err := s.Destroy(t.Context(), id, time.Minute); err != nil {
						t.Fatalf("destroy: %v", err)
					}
					noneLives(t, s, m, former, next)
					switch state.name {
					case "the key has not moved":
						m.move()
						fallthrough
					case "the key has moved", "the key is born meanwhile":
						m.end()
						noneLives(t, s, m, former, next)
					}
				})
			}
		}
	}
}

// openOn returns a store on the Cluster, with or without shared connections.
func openOn(t *testing.T, cluster *redistest.Cluster, plain bool) *redisstore.Store {
	t.Helper()
	shard := redisstore.Shard{Name: "a", Client: cluster.Client()}
	return openWith(t, redisstore.Options{PlainPool: plain}, shard)
}

func noneLives(t *testing.T, s *redisstore.Store, m *migration, ids ...store.ID) {
	t.Helper()
	for i, id := range ids {
		if _, err := s.Load(t.Context(), id); !errors.As(err, new(*store.GoneError)) {
			t.Errorf("id %d after the logout: %v, want that the session was ended", i, err)
		}
	}
	if n := m.holders("k", "1"); n > 0 {
		t.Errorf("%d servers have the session after the logout", n)
	}
}

// What comes of a logout that was sent elsewhere is not known until that server answers.
func TestALogoutThatWasSentElsewhereAndGotLostIsAnError(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 0, "--cluster-node-timeout", "20000")
	for _, plain := range []bool{false, true} {
		s := openOn(t, cluster, plain)
		id := create(t, s)
		m := newMigration(t, cluster, key(id))
		m.begin()
		m.move()
		m.to.Pause()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := s.Destroy(ctx, id, time.Minute)
		cancel()
		m.to.Resume()
		if err == nil {
			t.Errorf("plain pool %v: a logout that got no answer succeeded", plain)
		}
	}
}

// A renewal and an end wait for the replicas of each server that did something, also if a
// session was sent elsewhere, and the other came to a server that does not know the script.
func TestReplicasAreWaitedForWhereverASessionIs(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 1)
	newStore := func() *redisstore.Store {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), ContextTimeoutEnabled: true, MaxRetries: -1})
		t.Cleanup(func() { _ = client.Close() })
		return openWith(t, redisstore.Options{WaitReplicas: 1}, redisstore.Shard{Name: "a", Client: client})
	}
	s, other := newStore(), newStore()
	moves, stays := newID(t, s), newID(t, s)
	m := newMigration(t, cluster, key(moves))
	for cluster.Owner(t, key(stays)) != m.from {
		stays = newID(t, s)
	}
	for _, id := range []store.ID{moves, stays} {
		eventually(t, "the replicas acknowledge a login", func() bool { return s.Create(t.Context(), id, login("ada")) == nil })
		if _, err := other.Load(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	m.begin()
	m.move()
	m.end() // and the clients do not know
	renewal := func() (int, error) {
		return 2, other.Renew(t.Context(), moves, idAt(t, moves.Place).Fingerprint, store.Delta{Lifetimes: life})
	}
	end := func() (int, error) { return s.End(t.Context(), ada, store.Ending{}) }
	for i, act := range []func() (int, error){renewal, end} {
		name := []string{"a renewal", "an end"}[i]
		m.do(m.from, "script", "flush")
		m.do(m.from, "config", "resetstat")
		m.do(m.to, "config", "resetstat")
		if n, err := act(); n != 2 || err != nil {
			t.Errorf("%s: %d of 2, %v", name, n, err)
		}
		for where, server := range map[string]*redistest.Server{"left": m.from, "went to": m.to} {
			stats := server.Client().Info(t.Context(), "commandstats").Val()
			if !strings.Contains(stats, "cmdstat_wait:") && (where == "went to" || name == "an end") {
				t.Errorf("%s did not wait for the replicas of the server that the session %s", name, where)
			}
		}
	}
}

// What docs/storage-format.md writes for redis-cli ends a session for good, in the midst of a migration too.
func TestTheRecipeForRedisCliDuringASlotMigration(t *testing.T) {
	page, err := os.ReadFile("../../docs/storage-format.md")
	if err != nil {
		t.Fatal(err)
	}
	recipe := regexp.MustCompile(`(?s)EVAL "(.*)" 1 session:PLACE PLACE`).FindSubmatch(page)
	if recipe == nil {
		t.Fatal("the page has no recipe")
	}
	cluster := redistest.StartCluster(t, 3, 0)
	s := open(t, redisstore.Shard{Name: "a", Client: cluster.Client()})
	id := create(t, s)
	m := newMigration(t, cluster, key(id))
	m.begin()
	m.do(m.from, "eval", string(recipe[1]), 1, m.key, id.Place)
	m.move()
	m.end()
	gone := (*store.GoneError)(nil)
	if err := s.Create(t.Context(), id, set("k", "1")); !errors.As(err, &gone) && !errors.Is(err, store.ErrExists) {
		t.Errorf("a create that comes late: %v", err)
	}
	if _, err := s.Load(t.Context(), id); !errors.As(err, &gone) {
		t.Errorf("a read: %v", err)
	}
	if fields := m.to.Client().HLen(t.Context(), m.key).Val(); fields != 3 {
		t.Errorf("%d fields are left, want 3", fields)
	}
}

// The client of a Cluster knows which server has a key, if it can see the key.
func TestNoServerOfAClusterIsAskedInVain(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 0)
	for _, plain := range []bool{false, true} {
		s := openOn(t, cluster, plain)
		before := moved(t, cluster)
		for range 20 {
			id := create(t, s)
			if _, err := s.Load(t.Context(), id); err != nil {
				t.Error(err)
			}
			if err := destroy(t.Context(), s, id); err != nil {
				t.Error(err)
			}
		}
		if n := moved(t, cluster) - before; n > 0 {
			t.Errorf("plain %v: %d commands went to a server that does not have the key", plain, n)
		}
	}
}

// moved is how often the servers have said that a key is elsewhere.
func moved(t *testing.T, cluster *redistest.Cluster) (sum int) {
	t.Helper()
	for _, server := range cluster.Primaries {
		stats := server.Client().Info(t.Context(), "errorstats").Val()
		_, rest, _ := strings.Cut(stats, "errorstat_MOVED:count=")
		n := 0
		_, _ = fmt.Sscan(rest, &n)
		sum += n
	}
	return sum
}
