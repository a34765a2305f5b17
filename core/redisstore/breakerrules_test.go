package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringsession/ringsession/core/store"
)

var (
	errDown    = errors.New("connection refused")
	errLoading = errorReply("LOADING Redis is loading the dataset in memory")
	errLine    = errors.New("stands for a failure of another connection each time")
)

// patient is a breaker with a record of what it did, in a bubble of its own time.
type patient struct {
	*breaker
	pings  int
	ping   error
	events []string
}

func newPatient() *patient {
	p := new(patient)
	p.breaker = newBreaker(func(context.Context) error {
		p.pings++
		return p.ping
	}, func(open bool, cause error) { p.events = append(p.events, fmt.Sprint(open, " ", cause)) })
	return p
}

// A made call is one without a server.
type made func() error

func (m made) send(context.Context, ...redis.Cmder) error { return m() }

func (p *patient) do(ctx context.Context, session string, call made) error {
	return p.send(ctx, session, call)
}

// fail makes a call for each session, which fails.
func (p *patient) fail(err error, sessions ...string) {
	for _, session := range sessions {
		_ = p.do(context.Background(), session, func() error {
			if err == errLine {
				return &sharedError{errLoading, new(line)}
			}
			return err
		})
		synctest.Wait()
	}
}

// works reports whether a call reaches the server and closes or leaves closed.
func (p *patient) works() bool {
	return p.do(context.Background(), "any", func() error { return nil }) == nil
}

func TestWhatOpensABreaker(t *testing.T) {
	for _, test := range []struct {
		name     string
		failure  error
		sessions string // of the failures in a row; a dot is a call that does more than read
		ping     error
		pings    int
		open     bool
	}{
		{"three sessions, a server that pings", errLoading, "a b c a b", nil, 0, true},
		{"too few failures", errLoading, "a b c a", errDown, 0, false},
		{"two sessions, a server that pings", errLoading, "a b a b a b", nil, 1, false},
		{"two sessions, a dead server", errLoading, "a b a b a", errDown, 1, true},
		{"one session, silence, a server that pings", errDown, "a a a a a a a a", nil, 4, false},
		{"one session, silence, a dead server", errDown, "a a", errDown, 1, true},
		{"one session, once", errDown, "a", errDown, 0, false},
		{"many writes, a server that pings", context.DeadlineExceeded, ". . . . . .", nil, 3, false},
		{"many writes, a dead server", context.DeadlineExceeded, ". .", errDown, 1, true},
		{"writes and two sessions", errLoading, ". a b . a b", nil, 1, false},
		{"a connection is nobody's failure", errLine, "a b c a b c", nil, 1, false},
		{"a refusal of writes", errorReply("OOM command not allowed"), "a b c a b c", errDown, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPatient()
				p.ping = test.ping
				for session := range strings.FieldsSeq(test.sessions) {
					p.fail(test.failure, strings.Trim(session, "."))
				}
				if open := !p.isClosed(); open != test.open || p.pings != test.pings {
					t.Errorf("open %v after %d pings, want %v after %d", open, p.pings, test.open, test.pings)
				}
			})
		})
	}
}

// A call that works while the ping is under way ends the row of failures.
func TestALatePingOpensNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient()
		release := make(chan error)
		p.breaker.ping = func(context.Context) error { p.pings++; return <-release }
		p.fail(errDown, "a", "a", "a")
		if !p.works() {
			t.Fatal("the breaker is open before the ping ended")
		}
		p.fail(errDown, "a")
		release <- errDown
		synctest.Wait()
		if !p.isClosed() || p.pings != 1 {
			t.Errorf("open %v after %d pings at once, want closed after 1", !p.isClosed(), p.pings)
		}
	})
}

// P11: what must be done before the server serves again is done before the call that
// closes the breaker, and before a ping that would. If it fails, the call is not made.
func TestABreakerIsMadeReadyBeforeItCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient()
		var done []string
		notReady := errors.New("not ready")
		p.ready = func(context.Context) error {
			done = append(done, "ready")
			return notReady
		}
		call := func() error {
			return p.do(t.Context(), "a", func() error { done = append(done, "call"); return nil })
		}
		p.ping = errDown
		p.fail(errDown, "a", "a")
		p.ping = nil
		for range 2 {
			time.Sleep(openFor)
			if err := call(); !errors.Is(err, notReady) {
				t.Errorf("a call before the server is ready: %v", err)
			}
			synctest.Wait() // for the ping, which works
			if p.isClosed() {
				t.Error("closed before the server is ready")
			}
		}
		notReady = nil
		time.Sleep(openFor)
		err := errors.Join(call(), call())
		if got := strings.Join(done, " "); err != nil || got != "ready ready ready ready ready call call" {
			t.Errorf("done: %s; error %v", got, err)
		}
	})
}

// Half-open, one call at a time is let through, and the first that works closes.
func TestAnOpenBreakerHasOneProbeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient()
		p.ping = errDown
		p.fail(errDown, "a", "b", "c", "a", "b")
		if p.state() != breakerOpen || p.works() {
			t.Fatalf("%s after five failures", p.state())
		}
		probe := func(answer error) (called int, end func()) {
			release := make(chan struct{})
			for _, session := range []string{"a", "b", "c"} {
				go func() {
					_ = p.do(t.Context(), session, func() error {
						called++
						<-release
						return answer
					})
				}()
				synctest.Wait()
			}
			return called, func() { close(release); synctest.Wait() }
		}
		time.Sleep(openFor - time.Millisecond)
		if n, end := probe(nil); n != 0 {
			t.Errorf("%d calls were let through too early", n)
			end()
		}
		time.Sleep(time.Millisecond)
		n, end := probe(errDown)
		if n != 1 || p.state() != breakerHalfOpen {
			t.Errorf("%d of three calls were let through at once, want 1; the breaker is %s", n, p.state())
		}
		end()
		if p.state() != breakerOpen {
			t.Errorf("%s after a probe that failed", p.state())
		}
		time.Sleep(openFor)
		if n, end = probe(nil); n != 1 {
			t.Errorf("%d of three calls were let through at once, want 1", n)
		}
		end()
		if p.state() != breakerClosed || !p.works() || fmt.Sprint(p.events) != "[true connection refused false connection refused]" {
			t.Errorf("%s after one probe that worked, events %v", p.state(), p.events)
		}
	})
}

// A probe that says nothing, or panics, makes room for the next.
func TestAProbeThatSaysNothingMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient()
		p.ping = errDown
		p.fail(errDown, "a", "a")
		time.Sleep(openFor)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_ = p.do(gone, "a", func() error { return gone.Err() })
		func() {
			defer func() { _ = recover() }()
			_ = p.do(t.Context(), "a", func() error { panic("in a hook") })
		}()
		if !p.works() {
			t.Error("no call is let through any more")
		}
	})
}

// The session whose record cannot be read may be the one that probes, again and again.
func TestOneSessionDoesNotKeepABreakerOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient()
		p.ping = errDown
		p.fail(errDown, "a", "a")
		p.ping = nil
		time.Sleep(openFor)
		p.fail(context.DeadlineExceeded, "huge")
		if !p.works() {
			t.Error("the breaker stays open, though the server answers a ping")
		}
	})
}

// What ends after the breaker has changed was true before it.
func TestCallsOfAnotherPeriodCountNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient()
		p.ping = errDown
		release := make(chan error)
		go func() { _ = p.do(t.Context(), "late", func() error { return <-release }) }()
		synctest.Wait()
		p.fail(errDown, "a", "a")
		release <- nil
		synctest.Wait()
		if p.isClosed() {
			t.Error("a call that began before the outage closed the breaker")
		}
	})
}

// A breaker that is held lets nothing through and believes nothing until it is released:
// neither a probe, nor a ping, nor a call that was under way.
func TestABreakerThatIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient()
		underWay := p.do(t.Context(), "", func() error {
			p.hold(errDown)
			return nil
		})
		if !errors.Is(underWay, errDown) {
			t.Errorf("a call that was under way: error %v, want %v", underWay, errDown)
		}
		for range 5 {
			time.Sleep(2 * openFor)
			err := p.do(t.Context(), "", func() error {
				t.Error("a call was let through")
				return nil
			})
			if !errors.Is(err, errDown) || !errors.Is(err, store.ErrNotDone) {
				t.Errorf("error %v, want one that says why and that nothing was done", err)
			}
		}
		p.check()
		synctest.Wait()
		p.hold(errDown)
		if p.isClosed() || p.state() != breakerOpen || p.works() {
			t.Errorf("state %s after a ping that worked", p.state())
		}
		p.release()
		p.release()
		if !p.isClosed() || !p.works() {
			t.Error("it is not closed after its release")
		}
		if got := strings.Join(p.events, ", "); got != "true connection refused, false connection refused" {
			t.Errorf("events %s", got)
		}
	})
}
