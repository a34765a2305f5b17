package console

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ringsession/ringsession/core"
)

// A world is what the demo knows and counts. One lock guards all of it, so that
// the numbers of a [snapshot] are those of one moment.
type world struct {
	mu     sync.Mutex
	epoch  int // goes up whenever the guests' next answers may differ from the last
	guests []*guest
	turns  int             // how many answers were asked for
	broken map[string]bool // the shards whose breakers are open
	usual  *side           // nil unless the usual way is shown
	steps  map[string]pair // what came of them
	journal
}

// tell notes what the store tells.
func (w *world) tell(e core.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Kind == core.EventBreakerOpen || e.Kind == core.EventBreakerClosed {
		w.broken[e.Shard] = e.Kind == core.EventBreakerOpen
		w.epoch++
	}
	w.journal.tell(e)
}

// note adds a line to the journal.
func (w *world) note(format string, values ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.journal.add(format, values...)
}

// change does what guests may notice: their answers from before it do not count
// any more.
func (w *world) change(do func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.epoch++
	return do()
}

// is reports what the condition says under the lock.
func (w *world) is(condition func() bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return condition()
}

// settleTimeout is how long a button waits for what follows from it. The page
// then shows how far that came.
const settleTimeout = 5 * time.Second

var errUnsettled = errors.New("the shards are slow to follow")

// until waits until the condition holds.
func until(ctx context.Context, condition func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	for !condition() {
		select {
		case <-ctx.Done():
			return errUnsettled
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}
