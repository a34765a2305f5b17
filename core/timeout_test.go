package core

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func withDeadline(ctx context.Context, deadline time.Time) *limit {
	return budget{ctx: ctx, until: deadline, cancellable: true}.limit()
}

func detachedDeadline(ctx context.Context, deadline time.Time) *limit {
	return budget{ctx: ctx, until: deadline}.limit()
}

func TestALimitIsAContextWithADeadline(t *testing.T) {
	type name struct{}
	for _, test := range []struct {
		name   string
		parent func(context.Context) (context.Context, context.CancelFunc)
		after  time.Duration // when it is done
		want   error
	}{
		{"a parent without a deadline", context.WithCancel, time.Second, context.DeadlineExceeded},
		{"a parent with a later deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Hour)
		}, time.Second, context.DeadlineExceeded},
		{"a parent with an earlier deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Millisecond)
		}, time.Millisecond, context.DeadlineExceeded},
		{"a parent that is cancelled", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			return ctx, context.CancelFunc(func() { time.AfterFunc(500*time.Millisecond, cancel) })
		}, 500 * time.Millisecond, context.Canceled},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				parent, cancel := test.parent(context.WithValue(context.Background(), name{}, "ada"))
				if errors.Is(test.want, context.Canceled) {
					cancel()
				} else {
					defer cancel()
				}
				quiet, asked := withDeadline(parent, begun.Add(time.Second)), withDeadline(parent, begun.Add(time.Second))
				defer quiet.end()
				defer asked.end()
				detached := detachedDeadline(parent, begun.Add(time.Second))
				defer detached.end()
				child, cancelChild := context.WithCancel(asked)
				defer cancelChild()
				if deadline, ok := quiet.Deadline(); !ok || deadline.After(begun.Add(time.Second)) {
					t.Errorf("deadline %v, %v", deadline.Sub(begun), ok)
				}
				if quiet.Value(name{}) != "ada" || quiet.Err() != nil || asked.Err() != nil {
					t.Error("before the end: a value is lost, or there is an error")
				}
				<-child.Done()
				if after := time.Since(begun); after != test.after {
					t.Errorf("done after %v, want %v", after, test.after)
				}
				for _, ctx := range []context.Context{quiet, asked, child} {
					if err := ctx.Err(); !errors.Is(err, test.want) {
						t.Errorf("error %v, want %v", err, test.want)
					}
					<-ctx.Done()
				}
				if test.after < time.Second && detached.Err() != nil {
					t.Errorf("a detached limit ends with its parent: %v", detached.Err())
				}
				<-detached.Done()
				if after := time.Since(begun); after != time.Second || detached.Value(name{}) != "ada" || !errors.Is(detached.Err(), context.DeadlineExceeded) {
					t.Errorf("a detached limit is done after %v with %v", after, detached.Err())
				}
			})
		})
	}
}

// Stores derive contexts from that of their call, and may end them later than it.
func TestALimitThatEndedHasAnError(t *testing.T) {
	for name, asked := range map[string]bool{"it has a timer": true, "it has none": false} {
		l := withDeadline(context.Background(), time.Now().Add(time.Hour))
		var child context.Context = l
		if asked {
			var cancel context.CancelFunc
			child, cancel = context.WithCancel(l)
			defer cancel()
		}
		if l.Err() != nil {
			t.Errorf("%s: before the end: %v", name, l.Err())
		}
		l.end()
		<-child.Done()
		if !errors.Is(l.Err(), context.Canceled) || !errors.Is(child.Err(), context.Canceled) {
			t.Errorf("%s: after the end: %v, of a derived one: %v", name, l.Err(), child.Err())
		}
	}
}

func TestALimitThatEndedMakesNoTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // would report a timer that nobody stops as a deadlock
		l := withDeadline(context.Background(), time.Now().Add(time.Hour))
		l.end()
		<-l.Done() // at once: what waits for a call's context must not outlive the call
		l = withDeadline(context.Background(), time.Now().Add(time.Hour))
		done := l.Done()
		l.end()
		<-done
	})
}
