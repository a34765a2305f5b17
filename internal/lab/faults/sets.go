package faults

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/redistest"
)

// A fault is something that is done to a victim, for about as long as the pace says. It may correct the span.
type fault struct {
	name string
	do   func(l *lab, victim *shard, s *span)
}

// A set is faults that come one after the other, against servers of one kind.
type set struct {
	name   string // as in TestFaults/name
	title  string
	open   func(l *lab)
	faults []fault
}

// plain starts servers behind proxies, and one store on them.
func plain(args ...string) func(*lab) {
	return func(l *lab) {
		l.serve(3, args...)
		l.open(l.list(3), nil)
	}
}

// pooled is the same without shared connections: every call has a connection of its own.
func pooled(l *lab) {
	l.serve(3)
	l.open(l.list(3), &redisstore.Options{PlainPool: true})
}

// serve starts servers behind proxies: a, b, c and so on.
func (l *lab) serve(n int, args ...string) {
	for range n {
		server := redistest.Start(l.t, args...)
		name := string(rune('a' + len(l.shards)))
		l.shards = append(l.shards, &shard{name: name, server: server, proxy: newProxy(l.t, server.Addr())})
	}
}

// list is the first n shards for a store.
func (l *lab) list(n int) []redisstore.Shard {
	var list []redisstore.Shard
	for _, sh := range l.shards[:n] {
		if sh.proxy != nil {
			list = append(list, redisstore.Shard{Name: sh.name, URL: redisstore.NewURL("redis://" + sh.proxy.addr + "?pool_size=64")})
		}
	}
	return list
}

// open adds a process.
func (l *lab) open(list []redisstore.Shard, opts *redisstore.Options) {
	l.t.Helper()
	store, err := l.start(list, opts)
	if err != nil {
		l.t.Fatal(err)
	}
	l.caller = func() ([]redisstore.Shard, *redisstore.Options) { return l.list(len(l.shards)), opts }
	l.stores, l.real = append(l.stores, store), store
	l.owner = func(place string) string {
		name, err := store.Owner(place)
		if err != nil {
			l.problem("the owner of a session: %v", err)
		}
		return name
	}
}

// start starts a process.
func (l *lab) start(list []redisstore.Shard, opts *redisstore.Options) (*redisstore.Store, error) {
	var o redisstore.Options
	if opts != nil {
		o = *opts
	}
	o.Logger = slog.New(slog.DiscardHandler)
	store, err := redisstore.Open(context.Background(), list, &o)
	if err == nil {
		l.t.Cleanup(func() { _ = store.Close() })
	}
	return store, err
}

// injure does the set's faults one after the other, at least all of them once, until the time is over.
func (l *lab) injure(s set) int {
	l.wait(l.pace.warm)
	n := 0
	for begin, round := time.Now(), 0; round == 0 || time.Since(begin) < l.pace.run; round++ {
		victim := l.victim(n)
		for i, f := range s.faults {
			if round > 0 && time.Since(begin) > l.pace.run {
				break
			}
			l.t.Logf("%8.3f s: %s on %s", l.clock().Seconds(), f.name, victim.name)
			span := span{name: f.name, shard: victim.name, begin: l.clock()}
			l.add(&l.faults, span)
			f.do(l, victim, &span)
			span.end = l.clock()
			l.mu.Lock()
			l.faults[n] = span
			l.mu.Unlock()
			n++
			if i < len(s.faults)-1 || time.Since(begin) < l.pace.run {
				l.wait(l.pace.off)
			}
		}
	}
	l.wait(l.pace.off)
	return n
}

// victim is the shard that suffers now. It is the same one for a while, because a shard may give errors for some seconds after
// its fault, and the others must not. Where the first shard is more than one server, it is always that.
func (l *lab) victim(faults int) *shard {
	if l.shards[0].server == nil {
		return l.shards[0]
	}
	return l.shards[(int(l.seed%3)+faults/8)%3]
}

// direct is what an operator types at a server.
func direct(l *lab, sh *shard, args ...any) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := sh.server.Client().Do(ctx, args...).Err(); err != nil && err != redis.Nil {
		l.problem("%v on %s: %v", args, sh.name, err)
	}
}

// must records what went wrong in the lab itself.
func must(l *lab, what string, err error) {
	if err != nil {
		l.problem("%s: %v", what, err)
	}
}

var aof = []string{"--appendonly", "yes", "--appendfsync", "always"}

// sets is the table of docs/reliability.md.
var sets = []set{
	{"proxy", "the network: latency, black hole, reset, slow close, byte limit, half a reply, reply dropped, refused",
		plain(), disturbances()},
	{"proxy-pool", "the same on the plain pool", pooled, disturbances()},
	{"pause", "a server hangs: SIGSTOP, SIGCONT", plain(), []fault{{"pause", pause}}},
	{"pause-pool", "the same on the plain pool", pooled, []fault{{"pause", pause}}},
	{"kill-aof", "kill -9 and restart, appendfsync always", plain(aof...), []fault{{"kill -9", kill}}},
	{"kill", "kill -9 and restart, no persistence: its sessions are gone", plain(), []fault{{"kill -9", killEmpty}}},
	{"maxmemory", "out of memory, noeviction", plain("--maxmemory-policy", "noeviction"), []fault{{"maxmemory", fill}}},
	{"flushall", "FLUSHALL: its sessions are gone", plain(), []fault{{"FLUSHALL", flush}}},
	{"replicaof", "a primary is made a replica by mistake: REPLICAOF", plain(), []fault{{"REPLICAOF", demote}}},
	{"setshards", "SetShards under load: add, reweight, drain, change of address", four, []fault{
		{"add", list(4, nil)},
		{"reweight", list(4, func(s []redisstore.Shard) { s[0].Weight, s[3].Weight = 9, 3 })},
		{"drain", list(4, func(s []redisstore.Shard) { s[1].Drain = true })},
		{"change of address", list(4, func(s []redisstore.Shard) { s[2].URL = redisstore.NewURL(s[2].URL.String() + "?pool_size=63") })},
		{"as before", list(4, nil)},
	}},
	{"lists", "two processes whose lists differ for a while", two, []fault{
		{"one list lacks a shard", differ}, {"weights and drains differ", disagree},
	}},
	{"sentinel", "Sentinel: kill -9 of the primary", pair(0, 1), []fault{{"failover", failoverOfPair}}},
	{"sentinel-wait", "the same with WaitReplicas: 1", pair(1, 1), []fault{{"failover", failoverOfPair}}},
	{"planned", "SENTINEL FAILOVER of a primary that works, two replicas", pair(0, 2), []fault{{"failover", plannedFailover}}},
	{"planned-wait", "the same with WaitReplicas: 1", pair(1, 2), []fault{{"failover", plannedFailover}}},
	{"cluster", "Cluster of 3+3: kill -9 of a primary", cluster(0), []fault{{"failover", failoverOfCluster}}},
	{"cluster-wait", "the same with WaitReplicas: 1", cluster(1), []fault{{"failover", failoverOfCluster}}},
}

func disturbances() []fault {
	faults := []fault{{"2 s of latency", func(l *lab, victim *shard, _ *span) {
		victim.proxy.disturb(latency, time.Second) // each way
		l.wait(l.pace.on)
		must(l, "heal", victim.proxy.heal())
	}}}
	for _, how := range []disturbance{latency, blackHole, reset, slowClose, byteLimit, halfReply, dropReply, refuse} {
		faults = append(faults, fault{string(how), func(l *lab, victim *shard, _ *span) {
			victim.proxy.disturb(how, 300*time.Millisecond)
			l.wait(l.pace.on)
			must(l, "heal", victim.proxy.heal())
		}})
	}
	return faults
}

func pause(l *lab, victim *shard, _ *span) {
	victim.server.Pause()
	l.wait(max(l.pace.on, callTimeout*5/4)) // else calls are only late
	victim.server.Resume()
}

func kill(l *lab, victim *shard, _ *span) {
	victim.server.Kill()
	l.wait(l.pace.on)
	victim.server.Restart()
}

func killEmpty(l *lab, victim *shard, s *span) {
	kill(l, victim, s)
	l.add(&l.wipes, span{shard: victim.name, begin: s.begin, end: l.clock()})
}

func fill(l *lab, victim *shard, s *span) {
	s.reads = true
	direct(l, victim, "config", "set", "maxmemory", "1")
	l.wait(l.pace.on)
	direct(l, victim, "config", "set", "maxmemory", "0")
}

func flush(l *lab, victim *shard, s *span) {
	s.shard = "" // no shard may give an error
	direct(l, victim, "flushall")
	l.add(&l.wipes, span{shard: victim.name, begin: s.begin, end: l.clock()})
	l.wait(l.pace.on)
}

func demote(l *lab, victim *shard, _ *span) {
	direct(l, victim, "replicaof", "127.0.0.1", "1") // where nobody is, so its data stays
	l.wait(l.pace.on)
	direct(l, victim, "replicaof", "no", "one")
}

func four(l *lab) {
	l.serve(4)
	l.open(l.list(3), nil)
}

// list gives the store a list of n shards, changed by edit.
func list(n int, edit func([]redisstore.Shard)) func(*lab, *shard, *span) {
	return func(l *lab, _ *shard, s *span) {
		s.shard = ""
		shards := l.list(n)
		if edit != nil {
			edit(shards)
		}
		must(l, "SetShards", l.real.SetShards(l.t.Context(), shards))
		l.wait(l.pace.on)
	}
}

// two opens two processes. The second is the first to know a new shard.
func two(l *lab) {
	l.serve(4)
	l.open(l.list(3), nil)
	l.open(l.list(3), nil)
}

func (l *lab) process(i int) *redisstore.Store { return l.stores[i].(*redisstore.Store) }

// differ is a rollout: the second process knows the shard d, the first does not, or not any more.
func differ(l *lab, _ *shard, s *span) {
	s.shard = "d"
	must(l, "SetShards", l.process(0).SetShards(l.t.Context(), l.list(3)))
	must(l, "SetShards", l.process(1).SetShards(l.t.Context(), l.list(4)))
	l.wait(l.pace.on)
	must(l, "SetShards", l.process(0).SetShards(l.t.Context(), l.list(4)))
}

func disagree(l *lab, _ *shard, s *span) {
	s.shard = ""
	other := l.list(4)
	other[0].Weight, other[1].Drain = 9, true
	must(l, "SetShards", l.process(1).SetShards(l.t.Context(), other))
	l.wait(l.pace.on)
	must(l, "SetShards", l.process(1).SetShards(l.t.Context(), l.list(4)))
}
