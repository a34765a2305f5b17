package redisstore_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

var eventually = redistest.Eventually

var life = store.Lifetimes{Idle: time.Minute, Absolute: time.Hour}

// open returns a store on the shards that says nothing and is closed with the test.
func open(t testing.TB, shards ...redisstore.Shard) *redisstore.Store {
	t.Helper()
	return openWith(t, redisstore.Options{}, shards...)
}

func openWith(t testing.TB, o redisstore.Options, shards ...redisstore.Shard) *redisstore.Store {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	s, err := redisstore.Open(t.Context(), shards, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// newID returns an unused id at a place that the store chooses.
func newID(t testing.TB, s store.Placer) store.ID {
	t.Helper()
	place, err := s.NewPlace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return idAt(t, place)
}

// idAt returns an unused id at the place.
func idAt(t testing.TB, place string) store.ID {
	t.Helper()
	return mustID(place)
}

// mustID is idAt for goroutines.
func mustID(place string) store.ID {
	random := make([]byte, 18)
	_, _ = rand.Read(random)
	return store.ID{
		Place:       place,
		Fingerprint: base64.RawURLEncoding.EncodeToString(random)[:store.FingerprintLen],
	}
}

// create stores a session with one field and returns its id.
func create(t testing.TB, s *redisstore.Store) store.ID {
	t.Helper()
	id := newID(t, s)
	if err := s.Create(t.Context(), id, set("k", `"v"`)); err != nil {
		t.Fatal(err)
	}
	return id
}

func set(key, value string) store.Delta {
	return store.Delta{Set: map[string]string{key: value}, Lifetimes: life}
}

// key is where the default prefix puts the session.
func key(id store.ID) string { return "session:" + id.Place }

// begin begins a request with these Cookie headers.
func begin(t *testing.T, m *core.Manager, cookie []string) (*core.Session, adapter.Exchange) {
	t.Helper()
	r := &http.Request{Method: http.MethodGet, Header: http.Header{"Cookie": cookie}}
	x, err := m.Begin(t.Context(), adapter.NewRequest(r))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := core.FromContext(x.Context(t.Context()))
	return s, x
}

// recorder collects events.
type recorder struct {
	mu     sync.Mutex
	events []core.Event
}

func (r *recorder) add(_ context.Context, e core.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// find returns the events of the kinds, or all without any.
func (r *recorder) find(kinds ...core.EventKind) (found []core.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if len(kinds) == 0 || slices.Contains(kinds, e.Kind) {
			found = append(found, e)
		}
	}
	return found
}

// empty returns the shards that are told of as empty.
func (r *recorder) empty() string {
	var shards []string
	for _, e := range r.find(core.EventShardEmpty) {
		shards = append(shards, e.Shard)
	}
	return strings.Join(shards, " ")
}

// clientOf returns a client as a store wants it.
func clientOf(t *testing.T, addr string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true, MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	return client
}
