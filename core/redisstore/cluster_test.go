package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

func TestInAClusterAServerThatHangsHoldsUpNobodyElse(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 0, "--cluster-require-full-coverage", "no")
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	c, err := dial(Shard{Name: "a", Client: client}, false, func(core.Event) {})
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string][]string{} // of each server
	for i := range 300 {
		key := fmt.Sprint("key ", i)
		server, err := client.MasterForKey(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		keys[server.Options().Addr] = append(keys[server.Options().Addr], key)
	}
	incr := func(ctx context.Context, key string) <-chan error {
		end := make(chan error, 1)
		go func() { end <- c.send(ctx, key, redis.NewIntCmd(ctx, "incr", key), redis.NewIntCmd(ctx, "incr", key)) }()
		return end
	}
	hangs := cluster.Primaries[0]
	hangs.Pause()
	ctx, giveUp := context.WithCancel(t.Context())
	var stuck, free []<-chan error
	for server, own := range keys {
		for _, key := range own {
			if server == hangs.Addr() {
				stuck = append(stuck, incr(ctx, key))
			} else {
				free = append(free, incr(t.Context(), key))
			}
		}
	}
	for _, end := range free { // while the server hangs
		if err := <-end; err != nil {
			t.Error(err)
		}
	}
	giveUp()
	for _, end := range stuck {
		if err := <-end; err == nil {
			t.Error("a reply from a server that hangs")
		}
	}
	hangs.Resume()
	if err := <-incr(t.Context(), keys[hangs.Addr()][0]); err != nil {
		t.Errorf("a call to the server that works again: %v", err)
	}
	servers := 0
	c.cluster.servers.Range(func(_, s any) bool {
		servers++
		if turns := s.(*server).batches.turns; turns > maxTurns {
			t.Errorf("%d turns at one server, want at most %d", turns, maxTurns)
		}
		return true
	})
	if servers != len(cluster.Primaries) {
		t.Errorf("batches for %d servers, want %d", servers, len(cluster.Primaries))
	}
}

// The client of a Cluster knows which server has a key, if it can see the key.
func TestNoServerOfAClusterIsAskedInVain(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 0)
	for _, plain := range []bool{false, true} {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), ContextTimeoutEnabled: true})
		t.Cleanup(func() { _ = client.Close() })
		s, err := Open(t.Context(), []Shard{{Name: "a", Client: client}}, &Options{PlainPool: plain, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		before := moved(t, cluster)
		for range 20 {
			place, err := s.NewPlace(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			id := store.ID{Place: place, Fingerprint: rand.Text()[:store.FingerprintLen]}
			d := store.Delta{Set: map[string]string{"k": "1"}, Lifetimes: store.Lifetimes{Idle: time.Minute, Absolute: time.Hour}}
			if err := s.Create(t.Context(), id, d); err != nil {
				t.Error(err)
			}
			if _, err := s.Load(t.Context(), id); err != nil {
				t.Error(err)
			}
			if err := s.Destroy(t.Context(), id, 0); err != nil {
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
		_, rest, found := strings.Cut(server.Client().Info(t.Context(), "errorstats").Val(), "errorstat_MOVED:count=")
		if digits, _, ok := strings.Cut(rest, "\r\n"); found && ok {
			n, err := strconv.Atoi(digits)
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
	}
	return sum
}

func TestWhichRepliesOfAClusterAreForItsClient(t *testing.T) {
	for _, test := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{refusal("MOVED 3999 127.0.0.1:6381"), true},
		{fmt.Errorf("in a batch: %w", refusal("ASK 3999 127.0.0.1:6381")), true},
		{refusal("TRYAGAIN Multiple keys request during rehashing of slot"), true},
		{refusal("READONLY You can't write against a read only replica."), true},
		{redis.ErrClosed, true},
		{refusal("CLUSTERDOWN The cluster is down"), false},
		{refusal("ERR MOVED"), false},
		{errors.New("MOVED: not from a server"), false},
		{context.DeadlineExceeded, false},
	} {
		if got := isElsewhere(test.err); got != test.want {
			t.Errorf("%v: %v, want %v", test.err, got, test.want)
		}
	}
}

// refusal is an error that a server sends.
type refusal string

func (r refusal) Error() string { return string(r) }
func (refusal) RedisError()     {}
