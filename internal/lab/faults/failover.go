package faults

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
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

// noticed is how soon after the promotion of a replica nobody may rely on the former primary any more.
const noticed = 500 * time.Millisecond

// plannedFailover asks Sentinel to promote a replica while the primary works. Sentinel names the new primary a second later, and
// demotes the former one after eight more.
func plannedFailover(l *lab, victim *shard, s *span) {
	ctx := context.Background()
	former := l.primary()
	s.begin = l.clock()
	must(l, "sentinel failover", l.pair.Watcher.Client().Do(ctx, "sentinel", "failover", redistest.MasterName).Err())
	promoted := l.promotion(former)
	before := callsOf(former)
	l.replaced(former)
	named := l.clock()
	if !l.waits { // else logins and logouts fail until there is a replica again
		s.healed = named
	}
	believed := promoted + noticed
	if l.stalled("", promoted, named) {
		believed = named + noticed
	}
	l.add(&l.losses, span{shard: victim.name, begin: s.begin, end: believed})
	l.t.Logf("Sentinel named the new primary %v after the promotion; the former one had %d calls meanwhile",
		(named - promoted).Round(time.Millisecond), callsOf(former)-before)
	l.until("the former primary follows", func() error { return says(ctx, former, "master_link_status:up") })
	l.attached(l.primary())
	l.until("Sentinel knows the replicas", l.promotable)
}

// replaced waits until Sentinel names another primary.
func (l *lab) replaced(former *redistest.Server) {
	l.until("Sentinel names another primary", func() error {
		if l.primary() == former {
			return fmt.Errorf("it is %s", former.Addr())
		}
		return nil
	})
}

// promotion waits until a replica of the former primary says that it is a primary.
func (l *lab) promotion(former *redistest.Server) time.Duration {
	l.until("a replica is promoted", func() error {
		for _, server := range append(slices.Clone(l.pair.Replicas), l.pair.Primary) {
			if server != former && says(context.Background(), server, "role:master") == nil {
				return nil
			}
		}
		return errors.New("each follows")
	})
	return l.clock()
}

// primary is the server that Sentinel names.
func (l *lab) primary() *redistest.Server {
	at, err := l.pair.Watcher.Client().Do(context.Background(), "sentinel", "get-master-addr-by-name", redistest.MasterName).StringSlice()
	if err != nil || len(at) != 2 {
		l.problem("the name of the primary: %q, %v", at, err)
		return l.pair.Primary
	}
	for _, server := range l.pair.Replicas {
		if server.Addr() == at[0]+":"+at[1] {
			return server
		}
	}
	return l.pair.Primary
}

var commandCalls = regexp.MustCompile(`cmdstat_(?:evalsha|hgetall):calls=(\d+)`)

// callsOf returns how many calls for sessions the server had.
func callsOf(server *redistest.Server) (n int) {
	stats, _ := server.Client().Info(context.Background(), "commandstats").Result()
	for _, found := range commandCalls.FindAllStringSubmatch(stats, -1) {
		more, _ := strconv.Atoi(found[1])
		n += more
	}
	return n
}

// configEpoch finds the field in a map or in a list.
var configEpoch = regexp.MustCompile(`config-epoch[: ](\d+)`)

// epoch counts the failovers that Sentinel or the Cluster began. On a machine that stands still for a second there are more than
// ours, with losses of which the lab does not know.
func (l *lab) epoch() (count int) {
	ctx := context.Background()
	if l.pair != nil {
		about, err := l.pair.Watcher.Client().Do(ctx, "sentinel", "master", redistest.MasterName).Result()
		must(l, "sentinel master", err)
		if found := configEpoch.FindStringSubmatch(fmt.Sprint(about)); found != nil {
			count, _ = strconv.Atoi(found[1])
		}
	}
	if l.cluster != nil {
		info, err := l.cluster.Primaries[0].Client().ClusterInfo(ctx).Result()
		must(l, "cluster info", err)
		for line := range strings.Lines(info) {
			if text, ok := strings.CutPrefix(strings.TrimSpace(line), "cluster_current_epoch:"); ok {
				count, _ = strconv.Atoi(text)
			}
		}
	}
	return count
}
