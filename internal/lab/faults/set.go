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
