package redisstore_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// command runs a command on the server.
func command(t *testing.T, server *redistest.Server, args ...any) {
	t.Helper()
	if err := server.Client().Do(t.Context(), args...).Err(); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
}

// P6: a shard whose writes fail, in whatever way, gets no new sessions for as long as they do, and its reads go on, unless
// it is a replica.
func TestNewSessionsAvoidAShardWhoseWritesFail(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone")
	for _, fault := range []struct {
		name        string
		begin, heal [][]any
	}{
		{"OOM", [][]any{{"config", "set", "maxmemory", "1"}}, [][]any{{"config", "set", "maxmemory", "0"}}},
		{"NOREPLICAS", [][]any{{"config", "set", "min-replicas-to-write", "1"}}, [][]any{{"config", "set", "min-replicas-to-write", "0"}}},
		{"READONLY", [][]any{{"replicaof", "127.0.0.1", "1"}}, [][]any{{"replicaof", "no", "one"}}},
		{"NOPERM of scripts", [][]any{{"acl", "setuser", "default", "-evalsha", "-eval"}}, [][]any{{"acl", "setuser", "default", "+@all"}}},
		{"NOPERM in scripts", [][]any{{"acl", "setuser", "default", "-hset"}}, [][]any{{"acl", "setuser", "default", "+@all"}}},
		{"MISCONF", [][]any{{"config", "set", "dir", gone}, {"save-in", gone}}, [][]any{{"config", "set", "stop-writes-on-bgsave-error", "no"}}},
		{"writes hang", [][]any{{"client", "pause", "3000", "write"}}, [][]any{{"client", "unpause"}}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			bad := redistest.Start(t, "--enable-protected-configs", "yes", "--save", "3600 1")
			s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(bad.URL())},
				redisstore.Shard{Name: "b", URL: redisstore.NewURL(redistest.Start(t).URL())}, redisstore.Shard{Name: "c", URL: redisstore.NewURL(redistest.Start(t).URL())})
			id := create(t, s)
			for owner := ""; owner != "a"; owner, _ = s.Owner(id.Place) {
				id = create(t, s)
			}
			for _, args := range fault.begin {
				if args[0] == "config" && args[2] == "dir" {
					_ = os.MkdirAll(gone, 0o700)
				}
				if args[0] == "save-in" {
					_ = os.RemoveAll(gone)
					_ = bad.Client().Do(t.Context(), "save").Err()
					continue
				}
				command(t, bad, args...)
			}
			begun := time.Now()
			made, failed, reads, readsFailed := visitors(s, id, 2*time.Second)
			if made < 100 || failed*100 > made {
				t.Errorf("%d of %d new sessions failed after the first second", failed, made)
			}
			want := int64(0)
			if fault.name == "READONLY" {
				want = reads
			}
			if reads < 50 || readsFailed != want {
				t.Errorf("%d of %d reads failed, want %d", readsFailed, reads, want)
			}
			if time.Since(begun) > 2900*time.Millisecond && fault.name == "writes hang" {
				t.Error("the fault was over before the test")
			}
			for _, args := range fault.heal {
				command(t, bad, args...)
			}
			eventually(t, "new sessions go to the shard again", func() bool {
				owner, err := s.Owner(newID(t, s).Place)
				return err == nil && owner == "a"
			})
		})
	}
}

// visitors makes new sessions and reads one, for so long. It counts what begins after the first second.
func visitors(s *redisstore.Store, id store.ID, d time.Duration) (made, failed, reads, readsFailed int64) {
	begun := time.Now()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for time.Since(begun) < d {
				counts := time.Since(begun) > time.Second
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				if i == 0 {
					_, err := s.Load(ctx, id)
					count(err, counts, &reads, &readsFailed)
				} else {
					place, err := s.NewPlace(ctx)
					if err == nil {
						err = s.Create(ctx, mustID(place), set("k", "1"))
					}
					count(err, counts, &made, &failed)
				}
				cancel()
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	wg.Wait()
	return made, failed, reads, readsFailed
}

func count(err error, counts bool, all, failed *int64) {
	if !counts {
		return
	}
	atomic.AddInt64(all, 1)
	if err != nil {
		atomic.AddInt64(failed, 1)
	}
}

// One primary of three dies: the sessions on the other two do not notice, and new ones go there.
func TestInAClusterADeadPrimaryHurtsOnlyItsOwnSessions(t *testing.T) {
	for _, plain := range []bool{false, true} {
		cluster := redistest.StartCluster(t, 3, 0, "--cluster-require-full-coverage", "no")
		client := redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: cluster.Addrs(), ContextTimeoutEnabled: true,
			DialTimeout: time.Second, ReadTimeout: time.Second, DialerRetries: 1,
		})
		t.Cleanup(func() { _ = client.Close() })
		s := openWith(t, redisstore.Options{PlainPool: plain}, redisstore.Shard{Name: "a", Client: client})
		dead := cluster.Primaries[0]
		var ids []store.ID
		onDead := 0
		for len(ids) < 30 {
			id := create(t, s)
			if cluster.Owner(t, "session:"+id.Place) == dead {
				onDead++
				continue
			}
			ids = append(ids, id)
		}
		if onDead == 0 {
			t.Fatal("no session is on the primary that dies")
		}
		lost := newID(t, s)
		for cluster.Owner(t, "session:"+lost.Place) != dead {
			lost = newID(t, s)
		}
		dead.Kill()
		begun := time.Now()
		var good, bad, made, failed int64
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				for n := 0; time.Since(begun) < 3*time.Second; n++ {
					ctx, cancel := context.WithTimeout(context.Background(), time.Second)
					switch {
					case i < 4: // sessions of the dead primary
						_, _ = s.Load(ctx, lost)
					case i < 6:
						counts := time.Since(begun) > time.Second
						place, err := s.NewPlace(ctx)
						if err == nil {
							err = s.Create(ctx, mustID(place), set("k", "1"))
						}
						count(err, counts, &made, &failed)
					default:
						_, err := s.Load(ctx, ids[(i+n)%len(ids)])
						count(err, true, &good, &bad)
						if err != nil {
							t.Errorf("plain %v: a session on a primary that works, after %v: %v", plain, time.Since(begun), err)
						}
					}
					cancel()
					time.Sleep(time.Millisecond)
				}
			})
		}
		wg.Wait()
		t.Logf("plain %v: %d reads, %d failed; %d new sessions, %d failed", plain, good, bad, made, failed)
		if good < 100 || made < 100 || failed*100 > made {
			t.Errorf("plain %v: %d reads; %d of %d new sessions failed", plain, good, failed, made)
		}
		if _, err := s.Load(t.Context(), lost); err == nil {
			t.Error("a session of the dead primary can be read")
		}
	}
}
