package core

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// groupSize is how many watches read together at most. A request that comes
	// at that moment waits for no more of them.
	groupSize = 64
	// A watch may read earlier by one groupPart-th of the interval, to read
	// together with others.
	groupPart = 32
	// groupGap is the longest time between two groups, so that a new stream
	// need not wait long.
	groupGap = 100 * time.Millisecond
)

// watches are the calls of Wait of a Manager. They hold a timer as long as
// there are any, and no goroutine.
type watches struct {
	interval time.Duration
	reported atomic.Int64 // Unix nanoseconds of the last store error

	mu    sync.Mutex
	queue []*watch // in the order of their times
	timer *time.Timer
	next  time.Time // the earliest time of the next group
}

// A watch is a Wait that is not reading.
type watch struct {
	due time.Time
	now chan struct{} // closed when it is time to read
}

// await waits for the time at which to read the session.
func (w *watches) await(ctx context.Context, due time.Time) error {
	own := &watch{due, make(chan struct{})}
	w.mu.Lock()
	w.queue = slices.Insert(w.queue, w.find(due.Add(1)), own)
	if w.queue[0] == own {
		w.schedule()
	}
	w.mu.Unlock()
	select {
	case <-own.now:
		return nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	at := w.find(due)
	for at < len(w.queue) && w.queue[at] != own && w.queue[at].due.Equal(due) {
		at++
	}
	if at < len(w.queue) && w.queue[at] == own {
		w.queue = slices.Delete(w.queue, at, at+1)
		if at == 0 {
			w.schedule()
		}
	}
	return ctx.Err()
}

// find returns where the watches begin that are not due before t.
func (w *watches) find(t time.Time) int {
	at, _ := slices.BinarySearchFunc(w.queue, t, func(o *watch, t time.Time) int {
		return o.due.Compare(t)
	})
	return at
}

// schedule sets the timer for the first of the queue. Callers hold w.mu.
func (w *watches) schedule() {
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	if len(w.queue) > 0 {
		wait := max(time.Until(w.queue[0].due), time.Until(w.next))
		w.timer = time.AfterFunc(wait, w.wake)
	}
}

// wake lets the next group read. There is a pause between groups, so that many
// watches do not make a burst.
func (w *watches) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	n := min(groupSize, w.find(now.Add(w.interval/groupPart+1)))
	if now.Before(w.next) {
		n = 0
	}
	if n > 0 {
		most := time.Duration(max(len(w.queue), groupSize*groupPart))
		apart := w.interval * time.Duration(n) / most * 3 / 4 // a little faster than they come
		w.next = now.Add(min(apart, groupGap))
	}
	for i, own := range w.queue[:n] {
		close(own.now)
		w.queue[i] = nil
	}
	w.queue = w.queue[n:]
	w.schedule()
}

// mayReport reports whether a store error is to be reported: one in each
// interval.
func (w *watches) mayReport(now time.Time) bool {
	last := w.reported.Load()
	return now.UnixNano()-last >= int64(w.interval) &&
		w.reported.CompareAndSwap(last, now.UnixNano())
}
