package redisstore_test

import (
	"errors"
	"fmt"
	"log/slog"
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

// R41: 100 parallel logins of one user in three processes, each with a Manager, a
// store and connections of its own, leave exactly as many sessions as are allowed on
// three servers, with both policies and however often. What has idled out takes no
// place.
func TestTheLimitInSeveralProcesses(t *testing.T) {
	const mostSessions, rounds = 5, 12
	servers := []*redistest.Server{redistest.Start(t), redistest.Start(t), redistest.Start(t)}
	list := []redisstore.Shard{
		onServer("a", servers[0]), onServer("b", servers[1]), onServer("c", servers[2]),
	}
	stores := []*redisstore.Store{open(t, list...), open(t, list...), open(t, list...)}
	for _, policy := range []core.AtLimit{core.EndOldest, core.RefuseLogin} {
		var processes []*core.Manager
		for _, s := range stores {
			m, err := core.New(s, []byte(strings.Repeat("s", 32)), &core.Options{
				MaxSessions: mostSessions, AtLimit: policy, StoreTimeout: 10 * time.Second,
				Logger: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			processes = append(processes, m)
		}
		told := 0
		for round := range rounds {
			// A user has a second round after the idle timeout.
			user := fmt.Sprintf("ada%d.%d", policy, round/2)
			told += logInAtOnce(t, processes, user)
			times, _ := listAll(t, stores[0], store.Owner{User: user}, 0)
			stored := 0
			for _, server := range servers {
				for _, key := range server.Client().Keys(t.Context(), "session:????????????").Val() {
					if server.Client().HGet(t.Context(), key, "@user").Val() == user {
						stored++
					}
				}
			}
			if len(times) != mostSessions || stored != mostSessions {
				t.Errorf("policy %d, round %d: %d sessions listed, %d stored, want %d",
					policy, round, len(times), stored, mostSessions)
			}
			for _, server := range servers {
				server.Advance(t, time.Hour)
			}
		}
		t.Logf("policy %d: %d rounds of 100 logins, %d of them answered that the user is in", policy, rounds, told)
		if told < rounds*mostSessions {
			t.Errorf("policy %d: %d logins were told that they are in, want %d at least", policy, told, rounds*mostSessions)
		}
	}
}

// logInAtOnce logs the user in 100 times, and returns how many of the logins are in.
func logInAtOnce(t *testing.T, processes []*core.Manager, user string) int {
	var in atomic.Int64
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			s, x := begin(t, processes[i%len(processes)], nil)
			s.Login(user)
			if _, err := x.Commit(); err == nil {
				in.Add(1)
			} else if !errors.Is(err, core.ErrTooManySessions) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return int(in.Load())
}
