package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
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
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), ContextTimeoutEnabled: true})
		t.Cleanup(func() { _ = client.Close() })
		s, err := Open(t.Context(), []Shard{{Name: "a", Client: client}}, &Options{PlainPool: plain, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
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
					former := newSessionID(t, s)
					m := newMigration(t, cluster, keyOf(s, former))
					if state.name == "the key is born meanwhile" {
						state.play(m)
					}
					if err := s.Create(t.Context(), former, minuteDelta()); err != nil {
						t.Fatal(err)
					}
					if state.name != "the key is born meanwhile" {
						state.play(m)
					}
					next := former
					next.Fingerprint = rand.Text()[:store.FingerprintLen]
					if err := s.Renew(t.Context(), former, next.Fingerprint, minuteDelta()); err != nil {
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

func noneLives(t *testing.T, s *Store, m *migration, ids ...store.ID) {
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
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), ContextTimeoutEnabled: true})
		t.Cleanup(func() { _ = client.Close() })
		s, err := Open(t.Context(), []Shard{{Name: "a", Client: client}}, &Options{PlainPool: plain, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		id := newSessionID(t, s)
		if err := s.Create(t.Context(), id, minuteDelta()); err != nil {
			t.Fatal(err)
		}
		m := newMigration(t, cluster, keyOf(s, id))
		m.begin()
		m.move()
		m.to.Pause()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err = s.Destroy(ctx, id, time.Minute)
		cancel()
		m.to.Resume()
		if err == nil {
			t.Errorf("plain pool %v: a logout that got no answer succeeded", plain)
		}
	}
}

func newSessionID(t *testing.T, s *Store) store.ID {
	t.Helper()
	place, err := s.NewPlace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return store.ID{Place: place, Fingerprint: rand.Text()[:store.FingerprintLen]}
}

func minuteDelta() store.Delta {
	return store.Delta{Set: map[string]string{"k": "1"}, Lifetimes: store.Lifetimes{Idle: time.Minute, Absolute: time.Hour}}
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
	s, err := Open(t.Context(), []Shard{{Name: "a", Client: cluster.Client()}}, &Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	place, err := s.NewPlace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := store.ID{Place: place, Fingerprint: rand.Text()[:store.FingerprintLen]}
	d := store.Delta{Set: map[string]string{"k": "1"}, Lifetimes: store.Lifetimes{Idle: time.Minute, Absolute: time.Hour}}
	if err := s.Create(t.Context(), id, d); err != nil {
		t.Fatal(err)
	}
	m := newMigration(t, cluster, keyOf(s, id))
	m.begin()
	m.do(m.from, "eval", string(recipe[1]), 1, m.key, place)
	m.move()
	m.end()
	gone := (*store.GoneError)(nil)
	if err := s.Create(t.Context(), id, d); !errors.As(err, &gone) && !errors.Is(err, store.ErrExists) {
		t.Errorf("a create that comes late: %v", err)
	}
	if _, err := s.Load(t.Context(), id); !errors.As(err, &gone) {
		t.Errorf("a read: %v", err)
	}
	if fields := m.to.Client().HLen(t.Context(), m.key).Val(); fields != 3 {
		t.Errorf("%d fields are left, want 3", fields)
	}
}

func keyOf(s *Store, id store.ID) string {
	key, _ := s.keyAndID(id)
	return key
}
