package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/storehook"
)

// errOutage is what a store that fails on purpose says. No client may read it.
var errOutage = fmt.Errorf("outage at db-7.internal: %w", store.ErrNotDone)

// errLost is what a call gets whose reply is lost. Core repeats the call.
var errLost = errors.New("outage at db-7.internal: connection reset")

// A spy is a store in memory that notes every call, and fails or stops calls
// when told to.
type spy struct {
	storehook.Store

	mu        sync.Mutex
	calls     []string // since the last take
	done      map[string]int
	failures  int // calls that failed and that core does not repeat
	lost      int // calls without a reply, which core repeats once if time is left
	unbounded int // calls whose context had no deadline
	faults    map[string]fault
	gates     map[string]*gate
}

// A fault is what happens to the calls of one operation.
type fault struct {
	err  error
	lost bool // only the next call, which takes effect: its reply is lost
}

// A gate stops one call.
type gate struct {
	entered chan struct{} // closed when the call is there
	open    chan struct{} // to be closed to let it go on
	left    chan struct{} // closed when it has returned
}

func newSpy() *spy {
	s := &spy{done: map[string]int{}, faults: map[string]fault{}, gates: map[string]*gate{}}
	s.Hook = s.do
	return s
}

// take returns the operations called since the last take, in order.
func (s *spy) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(s.calls, ", ")
	s.calls = nil
	return text
}

// fail makes the operations fail from now on.
func (s *spy) fail(err error, ops ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range ops {
		s.faults[op] = fault{err: err}
	}
}

// loseReply loses the reply of the next call of the operation.
func (s *spy) loseReply(op string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[op] = fault{errLost, true}
}

// heal ends all faults.
func (s *spy) heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.faults)
}

// hold stops the next call of the operation.
func (s *spy) hold(op string) *gate {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &gate{make(chan struct{}), make(chan struct{}), make(chan struct{})}
	s.gates[op] = g
	return g
}

func (s *spy) arrive(ctx context.Context, op string) (fault, *gate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, op)
	if _, ok := ctx.Deadline(); !ok {
		s.unbounded++
	}
	g := s.gates[op]
	delete(s.gates, op)
	f := s.faults[op]
	if f.lost {
		delete(s.faults, op)
	}
	return f, g
}

// isAnswer reports whether err is what the store found.
func isAnswer(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrCorrupt) ||
		errors.As(err, new(*store.GoneError)) || errors.As(err, new(*store.TooLargeError)) ||
		errors.As(err, new(*store.CountError)) || errors.Is(err, store.ErrTaken)
}

func (s *spy) do(ctx context.Context, c storehook.Call) (err error) {
	f, g := s.arrive(ctx, c.Op)
	if g != nil {
		defer close(g.left)
		close(g.entered)
		select {
		case <-g.open:
		case <-ctx.Done():
		}
	}
	if err = f.err; err == nil || f.lost {
		if answer := c.Do(ctx); err == nil {
			err = answer
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.done[c.Op]++
	case isAnswer(err):
	case errors.Is(err, store.ErrNotDone):
		s.failures++
	default:
		s.lost++
	}
	return err
}
