package redisstore_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// A logout that no replica has is not acknowledged: it would be undone if the primary died now.
func TestLoginsAndLogoutsWaitForReplicas(t *testing.T) {
	pair := redistest.StartSentinel(t)
	s := openWith(t, redisstore.Options{WaitReplicas: 1}, onServer("a", pair.Primary))
	ctx := t.Context()
	// A replica that has just begun to follow acknowledges once a second.
	eventually(t, "the replica acknowledges", func() bool {
		_, err := s.Destroy(ctx, create(t, s), 0)
		return err == nil
	})
	login := store.Delta{Login: store.Login{User: "ada"}, Lifetimes: life}

	id := newID(t, s)
	if err := s.Create(ctx, id, login); err != nil {
		t.Fatal(err)
	}
	if user := pair.Replica.Client().HGet(ctx, key(id), "@user").Val(); user != "ada" {
		t.Errorf("after an acknowledged login the replica has user %q", user)
	}
	next := idAt(t, id.Place)
	if err := s.Renew(ctx, id, next.Fingerprint, login); err != nil {
		t.Fatal(err)
	}
	if name := pair.Replica.Client().HGet(ctx, key(id), "@id").Val(); name != next.Place+next.Fingerprint {
		t.Errorf("after an acknowledged renewal with login the replica has the id %q", name)
	}
	if _, err := s.Destroy(ctx, next, 0); err != nil {
		t.Fatal(err)
	}
	if n := pair.Replica.Client().HExists(ctx, key(next), "@ended").Val(); !n {
		t.Error("after an acknowledged logout the replica has the session")
	}

	anonymous := create(t, s)
	pair.Replica.Pause()
	defer pair.Replica.Resume()
	cut := func() { pair.Primary.Client().ClientKillByFilter(ctx, "TYPE", "normal", "SKIPME", "yes") }
	for range 2 * 5 { // more than a breaker takes
		// A repetition, which core makes by itself, is no better.
		for range 2 {
			cut()
			if _, err := s.Destroy(ctx, anonymous, 0); err == nil || !strings.Contains(err.Error(), "0 of 1 replicas have it") {
				t.Fatalf("a logout without its replica: %v", err)
			}
		}
		anonymous = create(t, s)
	}
	id, next = newID(t, s), idAt(t, anonymous.Place)
	for range 2 {
		cut()
		for what, err := range map[string]error{
			"login":   s.Create(ctx, id, login),
			"renewal": s.Renew(ctx, anonymous, next.Fingerprint, store.Delta{Lifetimes: life}),
		} {
			if err == nil || !strings.Contains(err.Error(), "0 of 1 replicas have it") {
				t.Errorf("a %s without its replica: %v", what, err)
			}
		}
	}
	anonymous = next
	if err := s.Save(ctx, anonymous, set("k", "2")); err != nil {
		t.Errorf("a save waits for the replica: %v", err)
	}
	if _, err := s.Load(ctx, anonymous); err != nil {
		t.Errorf("reads suffer from the replica: %v", err)
	}
}

// Replicas that are away fail the logins that need them, and nothing else.
func TestReplicasThatAreAwayHurtNoReads(t *testing.T) {
	for _, plain := range []bool{false, true} {
		pair := redistest.StartSentinel(t)
		var events atomic.Int64
		s := openWith(t, redisstore.Options{
			WaitReplicas: 1, PlainPool: plain, OnEvent: func(context.Context, core.Event) { events.Add(1) },
		}, redisstore.Shard{Name: "a", URL: redisstore.NewURL(pair.Primary.URL())})
		id := create(t, s)
		pair.Replica.Pause()
		begun := time.Now()
		var logins, loginsFailed, reads, readsFailed int64
		var wg sync.WaitGroup
		for i := range 54 {
			wg.Go(func() {
				for time.Since(begun) < 2*time.Second {
					ctx, cancel := context.WithTimeout(context.Background(), time.Second)
					if i < 50 {
						err := s.Create(ctx, mustID(id.Place), store.Delta{Login: store.Login{User: "ada"}, Lifetimes: life})
						count(err, true, &logins, &loginsFailed)
					} else {
						_, err := s.Load(ctx, id)
						count(err, true, &reads, &readsFailed)
					}
					cancel()
					time.Sleep(time.Millisecond)
				}
			})
		}
		wg.Wait()
		pair.Replica.Resume()
		t.Logf("plain %v: %d of %d logins and %d of %d reads failed", plain, loginsFailed, logins, readsFailed, reads)
		if loginsFailed != logins || logins < 100 || readsFailed > 0 || reads < 1000 || events.Load() > 0 {
			t.Errorf("plain %v: %d of %d logins and %d of %d reads failed, %d events; want all logins and no reads",
				plain, loginsFailed, logins, readsFailed, reads, events.Load())
		}
	}
}

func TestWaitReplicasIsNotNegative(t *testing.T) {
	a, _ := shardOn(t, "a")
	if _, err := redisstore.Open(t.Context(), []redisstore.Shard{a}, &redisstore.Options{WaitReplicas: -1}); err == nil {
		t.Error("WaitReplicas -1: no error")
	}
}
