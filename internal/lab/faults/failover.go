package faults

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/redistest"
)

// replicated starts a store for each client, which is its first shard, beside two servers. They have replicas if logins and
// logouts wait for some.
func replicated(l *lab, waitReplicas, processes int, client func() redis.UniversalClient) {
	l.shards = []*shard{{name: "a"}}
	l.serve(2)
	if l.waits = waitReplicas > 0; l.waits {
		for _, sh := range l.shards[1:] {
			host, port, _ := strings.Cut(sh.server.Addr(), ":")
			for range waitReplicas {
				redistest.Start(l.t, "--replicaof", host+" "+port)
			}
			l.attached(sh.server)
		}
	}
	process := func() ([]redisstore.Shard, *redisstore.Options) {
		c := client()
		l.t.Cleanup(func() { _ = c.Close() })
		list := []redisstore.Shard{{Name: "a", Client: c}}
		return append(list, l.list(len(l.shards))...), &redisstore.Options{WaitReplicas: waitReplicas}
	}
	for range processes {
		l.open(process())
	}
	l.caller = process
}

// pair starts a primary with so many replicas, and two processes.
func pair(waitReplicas, replicas int) func(*lab) {
	return func(l *lab) {
		l.pair = redistest.StartSentinelOf(l.t, replicas)
		l.attached(l.pair.Primary)
		o, err := redisstore.ClientOptions("redis://" + l.pair.Watcher.Addr())
		if err != nil {
			l.t.Fatal(err)
		}
		client := func() redis.UniversalClient {
			return redis.NewFailoverClient(&redis.FailoverOptions{
				MasterName: redistest.MasterName, SentinelAddrs: l.pair.Addrs(), PoolSize: 64,
				DialTimeout: o.DialTimeout, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout,
				MaxRetries: o.MaxRetries, DialerRetries: o.DialerRetries, DisableIdentity: true, ContextTimeoutEnabled: true,
			})
		}
		replicated(l, waitReplicas, 2, client)
	}
}

func cluster(waitReplicas int) func(*lab) {
	return func(l *lab) {
		l.cluster = redistest.StartCluster(l.t, 3, 1)
		l.attached(l.cluster.Primaries...)
		replicated(l, waitReplicas, 1, func() redis.UniversalClient {
			return redis.NewClusterClient(&redis.ClusterOptions{
				Addrs: l.cluster.Addrs(), PoolSize: 64, DialTimeout: time.Second, ReadTimeout: time.Second, WriteTimeout: time.Second,
				DialerRetries: 1, DisableIdentity: true, ContextTimeoutEnabled: true,
			})
		})
	}
}

// failoverOfPair kills the primary, waits until Sentinel names another, and makes the killed one its replica.
func failoverOfPair(l *lab, victim *shard, s *span) {
	former := l.primary()
	s.begin = l.clock()
	former.Kill()
	l.replaced(former)
	l.announced(victim, s)
	l.wait(l.pace.on)
	former.Restart()
	host, port, _ := strings.Cut(l.primary().Addr(), ":")
	must(l, "replicaof", former.Client().Do(context.Background(), "replicaof", host, port).Err())
	l.attached(l.primary())
	l.until("Sentinel knows the replica", l.promotable)
}

// promotable returns nil if Sentinel would promote any of the replicas.
func (l *lab) promotable() error {
	r, err := l.pair.Watcher.Client().Do(context.Background(), "sentinel", "replicas", redistest.MasterName).Slice()
	text := fmt.Sprint(r)
	well := strings.Count(text, "master-link-status:ok") >= len(l.pair.Replicas)
	if err == nil && (!well || strings.Contains(text, "down,") || strings.Contains(text, "disconnected")) {
		err = errors.New("it does not")
	}
	return err
}

// announced notes that Redis's own failover is over: from then on the shard should work.
func (l *lab) announced(victim *shard, s *span) {
	now := l.clock()
	if !l.waits { // else logins and logouts fail until there is a replica again
		s.healed = now
	}
	l.add(&l.losses, span{shard: victim.name, begin: s.begin, end: now})
}

// failoverOfCluster kills a primary, waits until its replica has taken its place and every node that lives says that the
// cluster is ok, and starts it again.
func failoverOfCluster(l *lab, victim *shard, s *span) {
	ctx := context.Background()
	primary := l.cluster.Owner(l.t, fmt.Sprint(s.begin))
	nodes := append(append([]*redistest.Server{}, l.cluster.Primaries...), l.cluster.Replicas...)
	s.begin = l.clock()
	primary.Kill()
	l.until("a replica takes the place of the primary", func() error {
		primaries := 0
		for _, n := range nodes {
			if n == primary {
				continue
			}
			info, err := n.Client().ClusterInfo(ctx).Result()
			if err != nil || !strings.Contains(info, "cluster_state:ok") {
				return errors.Join(err, errors.New("not every node is ok"))
			}
			if says(ctx, n, "role:master") == nil {
				primaries++
			}
		}
		if primaries < 3 {
			return fmt.Errorf("%d primaries", primaries)
		}
		return nil
	})
	l.announced(victim, s)
	l.wait(l.pace.on)
	primary.Restart()
	l.until("the killed server follows", func() error { return says(ctx, primary, "master_link_status:up") })
	for _, n := range nodes {
		if says(ctx, n, "role:master") == nil {
			l.attached(n)
		}
	}
}
