package faults

import (
	"context"
	"slices"
	"sync"
	"time"
)

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
