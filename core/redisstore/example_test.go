package redisstore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/alicebob/miniredis/v2"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
)

// startRedis stands for a Redis server; it returns the address.
func startRedis() (url string, stop func()) {
	m, err := miniredis.Run()
	if err != nil {
		panic(err)
	}
	return "redis://" + m.Addr(), m.Close
}

// The list of shards may come from one environment variable.
func ExampleParseShards() {
	shards, err := redisstore.ParseShards("redis://10.0.0.1:6379?name=a,rediss://app:pw@10.0.0.2:6379?name=b&weight=2")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, sh := range shards {
		fmt.Println(sh.Name, sh.Weight)
	}
	_, err = redisstore.ParseShards("redis://10.0.0.1:6379")
	fmt.Println(err)
	// Output:
	// a 0
	// b 2
	// redisstore: shard 1 of the list: no name: add ?name=… to the URL
}

// A readiness endpoint answers 200 as long as a visitor could log in.
func ExampleStore_Health() {
	url, stop := startRedis()
	store, err := redisstore.Open(context.Background(), []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(url)}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()

	ready := func(w http.ResponseWriter, r *http.Request) {
		health := store.Health(r.Context())
		if !health.Ready() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(health)
	}
	ask := func() int {
		w := httptest.NewRecorder()
		ready(w, httptest.NewRequest(http.MethodGet, "/ready", nil))
		return w.Code
	}
	fmt.Println(ask())
	stop()
	fmt.Println(ask())
	// Output:
	// 200
	// 503
}

// Shard b joins, a is drained and later retired. Whoever is logged in stays so until a's sessions are gone with a.
func ExampleStore_SetShards() {
	urlA, stopA := startRedis()
	urlB, stopB := startRedis()
	defer stopB()
	ctx := context.Background()
	store, err := redisstore.Open(ctx, []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(urlA)}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()
	onA := addSession(store)

	// To add: first list it drained in every process, so that all know it, then let it take sessions.
	a, b := redisstore.Shard{Name: "a", URL: redisstore.NewURL(urlA)}, redisstore.Shard{Name: "b", URL: redisstore.NewURL(urlB)}
	b.Drain = true
	fmt.Println("b is known:", store.SetShards(ctx, []redisstore.Shard{a, b}))
	b.Drain = false
	fmt.Println("b takes sessions:", store.SetShards(ctx, []redisstore.Shard{a, b}))

	// To remove: drain it, wait for the absolute timeout, then retire it.
	a.Drain = true
	fmt.Println("a is drained:", store.SetShards(ctx, []redisstore.Shard{a, b}))
	_, err = store.Load(ctx, onA)
	fmt.Println("a session on a:", err)
	fmt.Println("a new one is on", owner(store, addSession(store)))
	fmt.Println("a is retired:", store.SetShards(ctx, []redisstore.Shard{{Name: "a", Retired: true}, b}))
	stopA()
	_, err = store.Load(ctx, onA)
	fmt.Println("a session on a:", err)
	// Output:
	// b is known: <nil>
	// b takes sessions: <nil>
	// a is drained: <nil>
	// a session on a: <nil>
	// a new one is on b
	// a is retired: <nil>
	// a session on a: not found: its shard is retired
}

// addSession stores a session, as a core.Manager does.
func addSession(s *redisstore.Store) store.ID {
	ctx := context.Background()
	place, err := s.NewPlace(ctx)
	if err != nil {
		panic(err)
	}
	id := store.ID{Place: place, Fingerprint: "0123456789abcdef012345"}
	if err := s.Create(ctx, id, set("visits", "1")); err != nil {
		panic(err)
	}
	return id
}

func owner(s *redisstore.Store, id store.ID) string {
	name, err := s.Owner(id.Place)
	if err != nil {
		panic(err)
	}
	return name
}
