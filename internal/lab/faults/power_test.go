package faults

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/redisstore"
)

// trials is how many sessions a naive store gets before it counts as not caught.
const trials = 20000

// naive are the ways in which sessions are usually kept, and the fault that shows what is wrong with each: none where two
// requests at a time suffice.
var naive = []struct {
	name  string
	store func(*testing.T, *lab) shardStore
	fault disturbance
}{
	{"whole-value SET", func(t *testing.T, l *lab) shardStore { return wholeValue{newBench(t, l)} }, none},
	{"HSET without the guard", func(t *testing.T, l *lab) shardStore { return unguarded{newBench(t, l)} }, none},
	{"EXISTS, then HSET", func(t *testing.T, l *lab) shardStore { return checkFirst{newBench(t, l)} }, none},
	{"renewal without a trace", func(t *testing.T, l *lab) shardStore { return unmarked{newBench(t, l)} }, none},
	{"logout without a trace", func(t *testing.T, l *lab) shardStore { return traceless{newBench(t, l)} }, none},
	{"saves repeated without a nonce", func(t *testing.T, l *lab) shardStore { return nonceless{newBench(t, l)} }, dropReply},
	{"one nonce remembered", func(t *testing.T, l *lab) shardStore { return forgetful{newBench(t, l)} }, dropReply},
	{"rehash on failure, as go-redis's Ring", newRehashing, refuse},
}

func TestTheCheckerCatches(t *testing.T) {
	for _, n := range naive {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, seed(t), power)
			// A reply that is lost on a shared connection takes others with it, whose calls
			// are all repeated at the same time and undo little of each other.
			pooled(l)
			store := n.store(t, l)
			l.stores = []shardStore{store}
			sessions, calls, problem := l.try(n.fault, trials)
			if problem == "" {
				t.Fatalf("not caught within %d sessions, %d calls: FAULTSEED=%d", sessions, calls, l.seed)
			}
			why, _, _ := strings.Cut(problem, "\n")
			t.Logf("caught at session %d, call %d: %s", sessions, calls, why)
		})
	}
}

// The real store, under all that the naive ones get.
func TestTheCheckerLetsTheRealStorePass(t *testing.T) {
	for how, sessions := range map[disturbance]int{none: 20 * atOnce, dropReply: 2 * atOnce, refuse: 2 * atOnce} {
		t.Run("disturbance "+string(how), func(t *testing.T) {
			t.Parallel()
			l := newLab(t, seed(t), power)
			plain()(l)
			if _, _, problem := l.try(how, sessions); problem != "" {
				t.Error(problem)
			}
		})
	}
}

// atOnce is how many sessions a burst has.
const atOnce = 16

// power has clients that do not rest.
var power = pace{turns: 14, every: 2 * time.Millisecond}

// try gives the store bursts of sessions, until one of them is caught or limit have passed. The calls are those up to the end of
// the session that was caught.
func (l *lab) try(how disturbance, limit int) (sessions, calls int, problem string) {
	l.begun = time.Now()
	for sessions < limit {
		l.families = nil
		l.burst(how)
		for _, f := range l.families {
			sessions++
			calls += len(f.calls)
			if problem, _ := l.checkFamily(f); problem != "" {
				return sessions, calls, problem
			}
		}
	}
	return sessions, calls, ""
}

// burst lets clients work on a few sessions, with every proxy a little slow so that calls overlap, and reads all of them.
func (l *lab) burst(how disturbance) {
	for _, sh := range l.shards {
		sh.proxy.disturb(latency, 500*time.Microsecond)
	}
	var load sync.WaitGroup
	for range atOnce {
		load.Go(l.family)
	}
	switch how {
	case dropReply:
		// Too few at a time for a breaker, which would keep most of a burst from any server.
		for i := range 6 * len(l.shards) {
			l.shards[i%len(l.shards)].proxy.drop(2)
			time.Sleep(time.Millisecond)
		}
	case refuse:
		l.shards[0].proxy.disturb(how, 0)
		time.Sleep(10 * time.Millisecond)
		must(l, "heal", l.shards[0].proxy.heal())
	}
	load.Wait()
	for _, sh := range l.shards {
		must(l, "heal", sh.proxy.heal())
	}
	for _, f := range l.families {
		load.Go(func() {
			for id := range f.used {
				l.readOnce(f, id)
			}
		})
	}
	load.Wait()
}

// The checker notices if the sessions of a shard that did not answer live on.
func TestTheCheckerCatchesAnEndWithoutOrders(t *testing.T) {
	p := pace{
		turns: 10, every: 200 * time.Millisecond, accounts: 16,
		warm: 300 * time.Millisecond, on: 1500 * time.Millisecond, off: 200 * time.Millisecond, run: time.Second,
	}
	for name, end := range map[string]func(*redisstore.Store, string) error{
		"with orders": endByManager, "without": endWithoutOrders,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caught, partial := 0, 0
			// On a machine that stands still, a run may excuse what it saw.
			for run := 0; run < 4 && (partial == 0 || name == "without" && caught == 0); run++ {
				l := newLab(t, seed(t), p)
				l.end = end
				r := l.perform(set{open: plain(aof...), faults: []fault{{"kill -9", kill}}})
				t.Logf("FAULTSEED=%d: %d ends, %d in part", l.seed, r.ends, r.partial)
				partial += r.partial
				for _, problem := range l.problems {
					if strings.Contains(problem, "though its shard had worked for 2s after the end of all") {
						caught++
					}
				}
			}
			if (caught > 0) != (name == "without") || partial == 0 {
				t.Errorf("%d sessions lived on after %d ends in part", caught, partial)
			}
		})
	}
}
