package core

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringsession/ringsession/core/adapter"
)

// A limit is a context with a deadline. It makes no timer until somebody calls
// Done: most calls to a store end without anybody waiting for Done.
type limit struct {
	context.Context // the caller's
	detached        bool
	deadline        time.Time

	closed atomic.Bool // end was called
	starts sync.Once
	timed  context.Context
	stop   context.CancelFunc
}

// begin turns a zero limit into a context with the budget's deadline. Unless
// the budget is cancellable, the limit ignores the cancellation of the budget's
// context. begin returns false if l is in use.
func (l *limit) begin(b budget) bool {
	if l.Context != nil {
		return false
	}
	l.Context, l.deadline, l.detached = b.ctx, b.until, !b.cancellable
	if earlier, ok := b.ctx.Deadline(); ok && b.cancellable && earlier.Before(b.until) {
		l.deadline = earlier
	}
	return true
}

// Deadline implements [context.Context].
func (l *limit) Deadline() (time.Time, bool) { return l.deadline, true }

// Done implements [context.Context].
func (l *limit) Done() <-chan struct{} { return l.start().Done() }

// Err implements [context.Context].
func (l *limit) Err() error {
	if err := l.Context.Err(); err != nil && !l.detached {
		return err
	}
	closed := l.closed.Load()
	if time.Now().Before(l.deadline) && !closed {
		return nil
	}
	err := l.start().Err()
	if err == nil && closed {
		err = context.Canceled
	}
	return err
}

// start makes the timer.
func (l *limit) start() context.Context {
	l.starts.Do(func() {
		parent := l.Context
		if l.detached {
			parent = context.WithoutCancel(parent)
		}
		l.timed, l.stop = context.WithDeadline(parent, l.deadline)
	})
	return l.timed
}

// end releases the timer, if there is one. Then the context is done.
func (l *limit) end() {
	// The error comes first. A context that is done but has no error makes the
	// contexts that a store derived from it panic, in a goroutine of package
	// context.
	l.closed.Store(true)
	l.starts.Do(func() { l.timed, l.stop = ended, func() {} })
	l.stop()
}

// ended is a context that is done.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// A budget is the time and the context of an operation.
type budget struct {
	ctx   context.Context
	until time.Time
	// cancellable means that the operation ends with ctx. A change is never
	// cancellable: it should not depend on a client that went away.
	cancellable bool
	// watches means that the operation is one of many that watch a session.
	// Their failures are reported only now and then.
	watches bool
}

// wait waits for d, or until the caller gives up.
func (b budget) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	var done <-chan struct{}
	if b.cancellable {
		done = b.ctx.Done()
	}
	select {
	case <-timer.C:
	case <-done:
	}
}

// gaveUp reports whether the caller has stopped waiting. The deadline of a
// context may come a moment before its timer ends it.
func (b budget) gaveUp() bool {
	if !b.cancellable {
		return false
	}
	deadline, ok := b.ctx.Deadline()
	return b.ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

func (b budget) isOver() bool { return b.gaveUp() || !time.Now().Before(b.until) }

func (b budget) limit() *limit {
	l := new(limit)
	l.begin(b)
	return l
}

type contextKey = adapter.ContextKey
