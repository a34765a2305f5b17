package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/sony/gobreaker/v2"
)

const (
	// failuresToOpen is how many calls in a row must fail for a breaker to open.
	failuresToOpen = 5
	// openFor is how long an open breaker refuses all calls; then it lets one through at a time until one succeeds.
	openFor = time.Second
	// patience is how long a caller must have waited before its deadline says something about the shard.
	patience = 50 * time.Millisecond
)

// Failures that say nothing, or nothing new, about the shard.
var (
	errImpatient = errors.New("the caller gave up")
	errToldOf    = errors.New("together with other calls")
)

// A breaker stands before the client of one shard: while the shard does not work, calls fail at once instead of waiting for
// their deadline. It is safe for concurrent use.
type breaker struct {
	circuit *gobreaker.CircuitBreaker[struct{}]
	last    atomic.Pointer[error] // the last failure
	probing atomic.Bool
}

// newBreaker returns a closed breaker that tells when it opens, and when it closes again.
func newBreaker(shard string, tell func(core.Event)) *breaker {
	b := new(breaker)
	b.circuit = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:      openFor,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failuresToOpen },
		IsSuccessful: func(err error) bool { return !isOutage(err) },
		IsExcluded:   func(err error) bool { return errors.Is(err, errImpatient) || errors.Is(err, errToldOf) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			switch {
			case from == gobreaker.StateClosed:
				tell(core.Event{Kind: core.EventBreakerOpen, Shard: shard, Err: b.cause()})
			case to == gobreaker.StateClosed:
				tell(core.Event{Kind: core.EventBreakerClosed, Shard: shard})
			}
		},
	})
	return b
}

// call runs f, which gives up when ctx is done, unless the breaker is open.
func (b *breaker) call(ctx context.Context, f func() error) error {
	begun := time.Now()
	_, err := b.circuit.Execute(func() (struct{}, error) {
		err := f()
		switch {
		case !isOutage(err):
		case errors.Is(ctx.Err(), context.Canceled), isOver(ctx) && time.Since(begun) < patience:
			err = fmt.Errorf("%w: %w", errImpatient, err)
		case isToldOf(err):
			err = fmt.Errorf("%w: %w", errToldOf, err)
		default:
			failure := err // the address of err itself would put it on the heap for every call
			b.last.Store(&failure)
		}
		return struct{}{}, err
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return fmt.Errorf("not called, because the last calls failed: %w", b.cause())
	}
	return err
}

// isToldOf reports whether err is the failure of a batch of which the breaker has heard from another call: one connection that
// breaks is one failure, however many calls it takes with it.
func isToldOf(err error) bool {
	shared := (*batchError)(nil)
	return errors.As(err, &shared) && !shared.isFirst()
}

// isOver reports whether the deadline of ctx has come. A connection may notice that before ctx does.
func isOver(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}

func (b *breaker) cause() error {
	if err := b.last.Load(); err != nil {
		return *err
	}
	return nil
}

// isClosed reports whether calls are let through.
func (b *breaker) isClosed() bool { return b.circuit.State() == gobreaker.StateClosed }

// isHealthy reports whether the last call worked. If it did not, the breaker finds out in the background, at most once at a
// time, whether ping works by now: new sessions stay away from the shard meanwhile, so there may be no other calls.
func (b *breaker) isHealthy(ping func(context.Context) error) bool {
	if b.isClosed() && b.circuit.Counts().ConsecutiveFailures == 0 {
		return true
	}
	if b.probing.CompareAndSwap(false, true) {
		go func() {
			defer b.probing.Store(false)
			ctx := context.Background()
			_ = b.call(ctx, func() error { return ping(ctx) })
		}()
	}
	return false
}

// outages are the beginnings of replies with which a server says that it cannot serve anybody now. Others, as OOM, MISCONF and
// NOREPLICAS, refuse writes alone, and a breaker that opened would refuse the reads as well.
var outages = []string{
	"LOADING", "READONLY", "BUSY", "MOVED", "ASK", "CLUSTERDOWN", "MASTERDOWN", "NOAUTH", "WRONGPASS", "NOPERM",
}

// isOutage reports whether err says something about the shard, rather than about one session.
func isOutage(err error) bool {
	if err == nil || errors.Is(err, core.ErrNotFound) || errors.Is(err, core.ErrGone) || errors.Is(err, core.ErrExists) ||
		errors.Is(err, core.ErrCorrupt) || errors.Is(err, errNotReplicated) {
		return false
	}
	replied, outage := replyIn(err, outages)
	return outage || !replied
}

// replyIn reports whether err is a server's reply, and whether it begins with one of the words.
func replyIn(err error, words []string) (replied, begins bool) {
	reply := redis.Error(nil)
	if !errors.As(err, &reply) {
		return false, false
	}
	return true, slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(reply.Error(), word) })
}
