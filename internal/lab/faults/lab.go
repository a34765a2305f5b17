package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/redistest"
)

// A pace is how much a run does and how fast.
type pace struct {
	run      time.Duration // faults begin as long as this is not over
	families int           // that live at the same time, each with two clients
	turns    int           // of each client of a family
	every    time.Duration // from one call of a client to its next
	browsers int
	accounts int           // that live at the same time
	warm     time.Duration // before the first fault
	on, off  time.Duration // of every fault
}

// A shard is one server with its proxy.
type shard struct {
	name   string
	server *redistest.Server // nil if it is more than one
	proxy  *proxy
}

// A span is a time in the run in which something was wrong with a shard.
type span struct {
	name, shard string
	begin, end  time.Duration
	healed      time.Duration // when the shard worked again, if that was before the end
	reads       bool          // reads and logouts work all the time
}

// A lab is one run.
type lab struct {
	t       testing.TB
	seed    uint64
	pace    pace
	shards  []*shard
	stores  []shardStore        // one for each process
	real    *redisstore.Store   // the latest
	pair    *redistest.Sentinel // where the first shard is one
	cluster *redistest.Cluster
	caller  func() ([]redisstore.Shard, *redisstore.Options) // of a process that ends accounts
	end     func(process *redisstore.Store, user string) error
	owner   func(place string) string

	begun time.Time
	done  chan struct{} // closed when the clients are to stop
	waits bool          // logins and logouts wait for a replica
	loads sync.WaitGroup

	mu       sync.Mutex
	families []*family
	number   int
	faults   []span
	wipes    []span // in which a server lost all it had
	losses   []span // in which a server was replaced by one that may lack the latest writes
	stalls   []span // in which a server without a fault, or this machine, stood still
	visits   []visit
	accounts int
	ends     []end
	problems []string
	suspects []suspect
	excuses  int // sessions that lost something to a failover
	own      int // failovers that Redis began without a fault
	pardoned int // errors without a fault, while the machine stood still
	misled   int // visitors who met a loss that is excused
	fresh    int // new visitors a second or more after a fault began
	refused  int // of them, who got 503
}

func newLab(t testing.TB, seed uint64, p pace) *lab {
	return &lab{t: t, seed: seed, pace: p, end: endByManager, done: make(chan struct{})}
}

func (l *lab) clock() time.Duration { return time.Since(l.begun) }

// over reports whether the clients are to stop.
func (l *lab) over() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// wait lets time pass, but not beyond the end of the run.
func (l *lab) wait(d time.Duration) {
	select {
	case <-l.done:
	case <-time.After(d):
	}
}

// begin starts the clients.
func (l *lab) begin() {
	l.begun = time.Now()
	for w := range l.pace.families {
		l.loads.Go(func() {
			// Families are of different age, so that every fault meets some of each.
			l.wait(l.pace.every * time.Duration(w*l.pace.turns) / time.Duration(l.pace.families))
			for !l.over() {
				l.family()
			}
		})
	}
	for range l.pace.accounts {
		l.loads.Go(func() {
			for !l.over() {
				l.account()
			}
		})
	}
	l.loads.Go(l.pulse)
	for _, sh := range l.shards {
		if sh.server != nil {
			l.loads.Go(func() { l.watch(sh) })
		}
	}
}

// family lets two clients work on a new session.
func (l *lab) family() {
	f, _, err := l.place()
	if err != nil {
		if len(l.shards) > 1 {
			l.problem("no place for a new session, though shards work: %v", err)
		}
		l.wait(l.pace.every)
		return
	}
	f.every, f.pause = l.pace.every, 2*l.pace.every
	l.mu.Lock()
	l.families = append(l.families, f)
	l.mu.Unlock()
	var clients sync.WaitGroup
	l.use(f, &clients)
	clients.Wait()
}

// place takes a place for the next session from the store whose turn it is.
func (l *lab) place() (f *family, on shardStore, err error) {
	l.mu.Lock()
	n := l.number
	l.number++
	l.mu.Unlock()
	on = l.stores[n%len(l.stores)]
	if f, err = newFamily(context.Background(), on, n); err == nil {
		f.shard = l.owner(f.ids[0].Place)
	}
	return f, on, err
}

func (l *lab) client(f *family, client int) {
	rng := rand.New(rand.NewPCG(l.seed, uint64(2*f.number+client)))
	for turn := range l.pace.turns {
		due := time.Now().Add(f.every)
		if l.over() || f.age(l.clock()) > familyLife {
			return
		}
		s, more := f.plan(rng, client, turn, l.pace.turns)
		if !more {
			return
		}
		f.do(l.stores[rng.IntN(len(l.stores))], l.clock, client, s)
		l.wait(time.Until(due))
	}
}

// problem records a violation.
func (l *lab) problem(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.problems = append(l.problems, fmt.Sprintf(format, args...))
}

// add records a span.
func (l *lab) add(list *[]span, s span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*list = append(*list, s)
}

// last is the number of the client that reads every session once more when the run is over.
const last = 99

// finish stops the clients, waits until every shard works again, and reads every session under all its ids. It does so once
// more with the sessions that should have ended since.
func (l *lab) finish() {
	close(l.done)
	l.loads.Wait()
	begin := time.Now()
	for l.real.Ping(context.Background()) != nil {
		if time.Since(begin) > time.Minute {
			l.problem("a shard does not work a minute after the last fault: %v", l.real.Ping(context.Background()))
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	l.readAll(l.families)
	var late []*family
	for _, f := range l.families {
		if slices.ContainsFunc(f.calls, func(c call) bool { return c.Op == "end" && c.Outcome == unknown }) {
			late = append(late, f)
		}
	}
	if len(late) > 0 {
		time.Sleep(2 * endsWithin)
		l.readAll(late)
	}
}

func (l *lab) readAll(families []*family) {
	var readers sync.WaitGroup
	work := make(chan *family)
	for range 16 {
		readers.Go(func() {
			for f := range work {
				for id := range f.used {
					l.readOnce(f, id)
				}
			}
		})
	}
	for _, f := range families {
		work <- f
	}
	close(work)
	readers.Wait()
}

// readOnce reads the session until there is an answer: the breaker of a shard that works again may still be open.
func (l *lab) readOnce(f *family, id int) {
	for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(100 * time.Millisecond) {
		c := f.do(l.stores[len(l.stores)-1], l.clock, last, step{Op: "load", ID: id})
		if !c.Outcome.Failed() {
			return
		}
		f.mu.Lock()
		f.calls = f.calls[:len(f.calls)-1]
		f.mu.Unlock()
	}
	l.problem("session %d on shard %q cannot be read a minute after the last fault", f.number, f.shard)
}
