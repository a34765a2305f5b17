package redisstore_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// onPairAnd returns shard a, which has the servers of the pair, and shard b.
func onPairAnd(t *testing.T, pair *redistest.Sentinel, b *redistest.Server) []redisstore.Shard {
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: redistest.MasterName, SentinelAddrs: pair.Addrs(), ContextTimeoutEnabled: true, MaxRetries: -1,
		ReadTimeout: time.Second, DialTimeout: time.Second, DisableIdentity: true,
	})
	t.Cleanup(func() { _ = client.Close() })
	return []redisstore.Shard{{Name: "a", Client: client}, {Name: "b", URL: redisstore.NewURL(b.URL())}}
}

// R40: all sessions of a user end while Sentinel makes another server the primary of
// some of them, and they have ended there too. Nobody carries an order out at the
// former primary, which answers for some seconds still.
func TestAnEndDuringAFailover(t *testing.T) {
	for name, begin := range map[string]func(*redistest.Sentinel) error{
		"a planned one": func(pair *redistest.Sentinel) error {
			return pair.Watcher.Client().Do(t.Context(), "sentinel", "failover", redistest.MasterName).Err()
		},
		"the primary dies": func(pair *redistest.Sentinel) error {
			pair.Primary.Kill()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pair := redistest.StartSentinelOf(t, 2)
			s := open(t, onPairAnd(t, pair, redistest.Start(t))...)
			onA, onB := onShard(s, "a", logins(t, s, "ada", 40))
			eventually(t, "the replicas have the sessions", func() bool {
				return !slices.ContainsFunc(onA, func(id store.ID) bool {
					return pair.Replicas[0].Client().Exists(t.Context(), key(id)).Val() == 0 ||
						pair.Replicas[1].Client().Exists(t.Context(), key(id)).Val() == 0
				})
			})
			eventually(t, "the replicas are old enough to be told from servers that were restarted", func() bool {
				info := pair.Replicas[0].Client().Info(t.Context(), "server").Val() + pair.Replicas[1].Client().Info(t.Context(), "server").Val()
				return len(regexp.MustCompile(`uptime_in_seconds:[3-9]`).FindAllString(info, -1)) == 2
			})
			if err := begin(pair); err != nil {
				t.Fatal(err)
			}
			partial := (*store.PartialError)(nil)
			eventually(t, "the failover is met", func() bool {
				_, err := s.Load(t.Context(), onA[0])
				return err != nil
			})
			n, err := s.End(t.Context(), ada, store.Ending{Orders: life.Absolute})
			switch {
			case err == nil && n == len(onA)+len(onB):
				t.Log("the failover was over when the sessions ended")
			case !errors.As(err, &partial) || fmt.Sprint(partial.Shards) != "[a]" || !partial.Ordered || n != len(onB):
				t.Fatalf("ended %d of %d, %v", n, len(onB), err)
			}
			eventually(t, "Sentinel's new primary is asked, and the sessions have ended there", func() bool {
				return !slices.ContainsFunc(onA, func(id store.ID) bool {
					_, err := s.Load(t.Context(), id)
					gone := (*store.GoneError)(nil)
					return !errors.As(err, &gone)
				})
			})
			if times, _ := listAll(t, s, ada, 0); len(times) != 0 {
				t.Errorf("listed %v", times)
			}
		})
	}
}

// With WaitReplicas and without the replicas, the sessions end at the primary at once.
// The order stays until the replicas have that too, so no failover brings them back.
func TestAnEndWaitsForReplicas(t *testing.T) {
	pair, b := redistest.StartSentinel(t), redistest.Start(t)
	host, port, _ := strings.Cut(b.Addr(), ":")
	redistest.Start(t, "--replicaof", host+" "+port)
	shards := onPairAnd(t, pair, b)
	patient := open(t, shards...)
	onA, onB := onShard(patient, "a", logins(t, patient, "ada", 600)) // several pages
	bobOnA, bobOnB := onShard(patient, "a", logins(t, patient, "bob", 200))
	_ = patient.Close() // it would carry out orders, and wait for nobody
	s := openWith(t, redisstore.Options{WaitReplicas: 1}, shards...)
	eventually(t, "the replicas acknowledge", func() bool {
		_, onA := s.Destroy(t.Context(), bobOnA[0], 0)
		_, onB := s.Destroy(t.Context(), bobOnB[0], 0)
		bobOnA, bobOnB = bobOnA[1:], bobOnB[1:]
		return onA == nil && onB == nil
	})
	orders := func() int { return len(b.Client().Keys(t.Context(), "session:{orders}:*").Val()) }
	pair.Replica.Pause()
	begun := time.Now()
	n, err := s.End(t.Context(), ada, store.Ending{Orders: life.Absolute})
	partial := (*store.PartialError)(nil)
	if !errors.As(err, &partial) || fmt.Sprint(partial.Shards) != "[a]" || !partial.Ordered || n != len(onA)+len(onB) {
		t.Errorf("ended %d of %d, %v", n, len(onA)+len(onB), err)
	}
	t.Logf("%d sessions on a ended after %v", len(onA), time.Since(begun))
	for _, id := range onA {
		if !isOver(t, pair.Primary.Client(), id) {
			t.Fatal("a session at the primary has not ended")
		}
	}
	time.Sleep(2 * time.Second) // several looks for orders
	if orders() != 1 {
		t.Errorf("%d orders while the replica is away, want 1", orders())
	}
	if _, err := s.Load(t.Context(), onA[0]); !errors.As(err, new(*store.GoneError)) {
		t.Errorf("a read while the replica is away: %v", err)
	}
	pair.Replica.Resume()
	eventually(t, "the order is gone", func() bool { return orders() == 0 })
	for _, id := range onA {
		if !isOver(t, pair.Replica.Client(), id) {
			t.Fatal("a session at the replica has not ended, and the order is gone")
		}
	}
}
