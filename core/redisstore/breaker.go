package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/store"
)

const (
	// failuresToOpen is how many calls in a row must fail for a breaker to
	// open, if they were reads of at least sessionsToOpen sessions.
	failuresToOpen = 5
	sessionsToOpen = 3
	// silencesToPing is how many calls in a row must end without any reply
	// until the breaker pings the server.
	silencesToPing = 2
	// openFor is how long an open breaker refuses all calls. Then it lets one
	// through at a time until one succeeds.
	openFor = time.Second
	// minWait is how long a caller must have waited before its deadline says
	// something about the server.
	minWait = 50 * time.Millisecond
)

// errNotCalled means that a breaker is open: the server was not asked.
var errNotCalled error = notCalled{}

type notCalled struct{}

func (notCalled) Error() string        { return "not called" }
func (notCalled) Is(target error) bool { return target == store.ErrNotDone }

// A breaker stands before one server. While the server does not work, calls
// fail at once instead of waiting for their deadline. It is safe for concurrent
// use.
//
// It must not open because of one session, whose record may be so large that
// each read of it fails. So it opens when the reads of several sessions failed
// in a row. Where fewer sessions failed, or only writes, or calls that shared a
// connection with others, it pings the server and opens if the ping fails too.
type breaker struct {
	ping func(context.Context) error
	tell func(open bool, cause error)
	// ready is called before a call that may close it, and has to work first;
	// nil if there is nothing to do.
	ready     func(context.Context) error
	clustered bool // the server may reply that a key is elsewhere, which is its work

	calm   atomic.Bool   // it is closed and failures is 0, so calls need no lock
	period atomic.Uint64 // how often it opened or closed; written under mu

	mu       sync.Mutex
	open     bool
	held     error     // while open: why no call at all is let through
	probing  bool      // while open: a call is let through
	retryAt  time.Time // while open: when the next call is let through
	failures int       // in a row
	sessions []string  // places or keys of the reads among them, up to sessionsToOpen
	last     error     // the last failure
	streak   uint64    // how many rows of failures there were before
	pinging  bool
}

// newBreaker returns a closed breaker. It calls tell when it opens or closes.
func newBreaker(ping func(context.Context) error, tell func(open bool, cause error)) *breaker {
	b := &breaker{ping: ping, tell: tell}
	b.calm.Store(true)
	return b
}

// An admission lets one call through.
type admission struct {
	period uint64
	probe  bool // the only one while the breaker is open
}

// send has by send the commands, unless the breaker is open. The session is the
// one that they read; "" if they do more than read.
func (b *breaker) send(
	ctx context.Context, session string, by exchanger, cmds ...redis.Cmder,
) (err error) {
	a, err := b.admit()
	if err != nil {
		return err
	}
	begun, found := time.Now(), saysNothing
	defer func() { b.note(a, found, session, err) }() // also after a panic in a hook of the client
	if a.probe {
		err = b.prepare(ctx)
	}
	if err == nil {
		err = by.send(ctx, cmds...)
	}
	found = b.judge(ctx, begun, err)
	if err == nil && !b.calm.Load() {
		err = b.cause()
	}
	return err
}

// hold opens the breaker until release is called. What calls under way return
// is not believed either.
func (b *breaker) hold(cause error) {
	b.mu.Lock()
	changed := !b.open
	if b.held == nil {
		b.set(true)
	}
	b.held, b.last = cause, cause
	b.unlock(changed)
}

// release closes a breaker that was held.
func (b *breaker) release() {
	if b.calm.Load() {
		return
	}
	b.mu.Lock()
	changed := b.held != nil
	if changed {
		b.held = nil
		b.set(false)
	}
	b.unlock(changed)
}

// cause returns why the breaker is held, or nil.
func (b *breaker) cause() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}

func (b *breaker) prepare(ctx context.Context) error {
	if b.ready == nil {
		return nil
	}
	return b.ready(ctx)
}

func (b *breaker) admit() (admission, error) {
	if a := (admission{period: b.period.Load()}); b.calm.Load() {
		return a, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	a := admission{period: b.period.Load()}
	if !b.open {
		return a, nil
	}
	if b.held != nil || b.probing || time.Now().Before(b.retryAt) {
		return a, fmt.Errorf("%w, because the last calls failed: %w", errNotCalled, b.last)
	}
	a.probe, b.probing = true, true
	return a, nil
}

// A verdict is what the end of a call says about the server.
type verdict int

const (
	saysNothing verdict = iota
	works
	fails
)

func (b *breaker) judge(ctx context.Context, begun time.Time, err error) verdict {
	switch {
	case !isOutage(err), b.clustered && isElsewhere(err):
		return works
	case errors.Is(ctx.Err(), context.Canceled), isOver(ctx) && time.Since(begun) < minWait,
		isReported(err):
		return saysNothing
	}
	return fails
}

func (b *breaker) note(a admission, found verdict, session string, err error) {
	if found == works && !a.probe && b.calm.Load() {
		return
	}
	b.mu.Lock()
	changed := false
	if a.period == b.period.Load() { // else it opened or closed since the call began
		b.probing = b.probing && !a.probe
		switch found {
		case works:
			changed = b.worked()
		case fails:
			changed = b.failed(session, err)
		}
	}
	b.unlock(changed)
}

// unlock also tells of a change, which must not happen under the lock: who
// listens may be slow.
func (b *breaker) unlock(changed bool) {
	open, cause := b.open, b.last
	b.mu.Unlock()
	if changed {
		b.tell(open, cause)
	}
}

// worked ends a row of failures and closes the breaker. It reports whether it
// was open.
func (b *breaker) worked() (changed bool) {
	if b.held != nil {
		return false
	}
	b.streak++
	b.failures, b.sessions = 0, nil
	if b.open {
		b.set(false)
		return true
	}
	b.calm.Store(true)
	return false
}

// failed counts a failure, and reports whether the breaker opened.
func (b *breaker) failed(session string, err error) (changed bool) {
	b.calm.Store(false)
	b.last = hideReply(err)
	b.failures++
	if session != "" && !isShared(err) &&
		len(b.sessions) < sessionsToOpen && !slices.Contains(b.sessions, session) {
		b.sessions = append(b.sessions, strings.Clone(session))
	}
	silent := !isReply(err)
	switch {
	case b.open:
		b.retryAt = time.Now().Add(openFor)
		if silent { // perhaps because of this session
			b.check()
		}
	case b.failures >= failuresToOpen && len(b.sessions) >= sessionsToOpen:
		b.set(true)
		return true
	case b.failures >= failuresToOpen, silent && b.failures >= silencesToPing:
		b.check()
	}
	return false
}

func (b *breaker) set(open bool) {
	b.open, b.probing = open, false
	b.failures, b.sessions = 0, nil
	b.retryAt = time.Now().Add(openFor)
	b.period.Add(1)
	b.calm.Store(!open)
}

// check pings in the background, one ping at a time, unless a call works
// meanwhile.
func (b *breaker) check() {
	if b.pinging {
		return
	}
	b.pinging = true
	streak, open := b.streak, b.open
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		err := b.ping(ctx)
		if err == nil && open {
			err = b.prepare(ctx)
		}
		b.mu.Lock()
		b.pinging = false
		changed := false
		if streak == b.streak {
			switch {
			case !isOutage(err):
				changed = b.worked()
			case !b.open:
				b.set(true)
				changed = true
			}
		}
		b.unlock(changed)
	}()
}

// dismiss closes the breaker of a server that is not used any more.
func (b *breaker) dismiss() {
	b.mu.Lock()
	b.unlock(b.worked())
}

// isClosed reports whether calls are let through.
func (b *breaker) isClosed() bool {
	if b.calm.Load() {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.open
}

// The states of a breaker in [ShardHealth].
const (
	breakerClosed   = "closed"
	breakerOpen     = "open"
	breakerHalfOpen = "half-open"
)

func (b *breaker) state() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.open:
		return breakerClosed
	case b.held != nil:
		return breakerOpen
	case b.probing || !time.Now().Before(b.retryAt):
		return breakerHalfOpen
	}
	return breakerOpen
}

// isOver reports whether the deadline of ctx has come. A connection may notice
// that before ctx does.
func isOver(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}
