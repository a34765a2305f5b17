package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/internal/redistest"
)

func TestInAClusterAServerThatHangsHoldsUpNobodyElse(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 0, "--cluster-require-full-coverage", "no")
	client := cluster.Client()
	c, err := dial(Shard{Name: "a", Client: client}, false, &marks{tell: func(core.Event) {}})
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
	c.cluster.servers.Range(func(_, _ any) bool { servers++; return true })
	if servers != len(cluster.Primaries) {
		t.Errorf("senders for %d servers, want %d", servers, len(cluster.Primaries))
	}
}

func TestWhichRepliesOfAClusterAreForItsClient(t *testing.T) {
	for _, test := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errorReply("MOVED 3999 127.0.0.1:6381"), true},
		{fmt.Errorf("on its way: %w", errorReply("ASK 3999 127.0.0.1:6381")), true},
		{errorReply("TRYAGAIN Multiple keys request during rehashing of slot"), true},
		{errorReply("READONLY You can't write against a read only replica."), true},
		{redis.ErrClosed, true},
		{errorReply("CLUSTERDOWN The cluster is down"), false},
		{errorReply("ERR MOVED"), false},
		{errors.New("MOVED: not from a server"), false},
		{context.DeadlineExceeded, false},
	} {
		if got := isElsewhere(test.err); got != test.want {
			t.Errorf("%v: %v, want %v", test.err, got, test.want)
		}
	}
}

// Addresses come and go with failovers and new machines.
func TestAClusterDoesNotKeepServersThatLeft(t *testing.T) {
	nodes := redistest.StartCluster(t, 1, 0)
	var events []core.Event
	tell := func(e core.Event) { events = append(events, e) }
	c, err := dial(Shard{Name: "a", Client: nodes.Client()}, false, &marks{tell: tell})
	if err != nil {
		t.Fatal(err)
	}
	for range maxServers {
		left := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
		t.Cleanup(func() { _ = left.Close() })
		s := c.cluster.make(left)
		if c.cluster.count == 0 {
			s.breaker.set(true)
		}
		c.cluster.servers.Store(left, s)
		c.cluster.count++
	}
	ping := redis.NewRawCmd(t.Context(), "set", "k", "v")
	if err := c.send(t.Context(), "k", ping); err != nil {
		t.Fatal(err)
	}
	kept := 0
	c.cluster.servers.Range(func(_, _ any) bool { kept++; return true })
	if kept != 1 || c.cluster.count != 1 {
		t.Errorf("%d servers are kept, count %d, want 1", kept, c.cluster.count)
	}
	if len(events) != 1 || events[0].Kind != core.EventBreakerClosed || events[0].Reason != "127.0.0.1:1" {
		t.Errorf("events %+v, want that the breaker of a server that left closed", events)
	}
}

// A command whose reply is lost may have run. The client of a Cluster repeats it unless it is told not to.
func TestInAClusterAScriptIsSentOnce(t *testing.T) {
	cluster := redistest.StartCluster(t, 1, 0)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	sent := 0
	lose := func(_ context.Context, cmds []redis.Cmder, next func() error) error {
		err := next()
		if cmds[0].Name() == "eval" {
			sent++
			cmds[0].SetErr(io.EOF)
			return io.EOF
		}
		return err
	}
	client.OnNewNode(func(node *redis.Client) { node.AddHook(redistest.Hook(lose)) })
	c, err := dial(Shard{Name: "a", Client: client}, false, &marks{tell: func(core.Event) {}})
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*server{"to the server": c.server(t.Context(), "k"), "by the Cluster's client": c.cluster.whole} {
		sent = 0
		err := s.send(t.Context(), "k", redis.NewIntCmd(t.Context(), "eval", "return redis.call('INCR', KEYS[1])", 1, "k"))
		if !errors.Is(err, io.EOF) || sent != 1 {
			t.Errorf("%s: sent %d times, error %v; want once", name, sent, err)
		}
	}
	if n := cluster.Primaries[0].Client().Get(t.Context(), "k").Val(); n != "2" {
		t.Errorf("two scripts ran %s times", n)
	}
}
