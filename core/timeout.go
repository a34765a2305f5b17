package core

import (
	"context"
	"sync"
	"time"
)

// A limit is a context with a deadline that makes no timer before somebody asks for Done: most calls to a store end without
// anybody waiting for that.
type limit struct {
	context.Context // the caller's
	detached        bool
	deadline        time.Time

	once  sync.Once
	timed context.Context
	stop  context.CancelFunc
}

// withTimeout is like [context.WithTimeout].
func withTimeout(ctx context.Context, d time.Duration) *limit {
	l := detachedTimeout(ctx, d)
	l.detached = false
	if earlier, ok := ctx.Deadline(); ok && earlier.Before(l.deadline) {
		l.deadline = earlier
	}
	return l
}

// detachedTimeout is like [context.WithTimeout] of [context.WithoutCancel].
func detachedTimeout(ctx context.Context, d time.Duration) *limit {
	return &limit{Context: ctx, detached: true, deadline: time.Now().Add(d)}
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
	if time.Now().Before(l.deadline) {
		return nil
	}
	return l.start().Err()
}

// start makes the timer.
func (l *limit) start() context.Context {
	l.once.Do(func() {
		parent := l.Context
		if l.detached {
			parent = context.WithoutCancel(parent)
		}
		l.timed, l.stop = context.WithDeadline(parent, l.deadline)
	})
	return l.timed
}

// end releases the timer, if there is one.
func (l *limit) end() {
	l.once.Do(func() { l.timed, l.stop = context.Background(), func() {} })
	l.stop()
}
