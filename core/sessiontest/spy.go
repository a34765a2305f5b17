package sessiontest

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
)

// errOutage is what a store that fails on purpose says. No client may read it.
var errOutage = errors.New("outage at db-7.internal")

// A spy is a store in memory that notes every call, and fails or stops calls when told to.
type spy struct {
	memstore.Store

	mu        sync.Mutex
	calls     []string // since the last take
	done      map[string]int
	failures  int
	unbounded int // calls whose context had no deadline
	issued    []core.ID
	faults    map[string]fault
	gates     map[string]*gate
}

// A fault is what happens to the calls of one operation.
type fault struct {
	err  error
	late bool // the call takes effect, only its reply is lost
}

// A gate stops one call.
type gate struct {
	entered chan struct{} // closed when the call is there
	open    chan struct{} // to be closed to let it go on
	left    chan struct{} // closed when it has returned
}

func newSpy() *spy {
	return &spy{done: map[string]int{}, faults: map[string]fault{}, gates: map[string]*gate{}}
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

// loseReplies makes the operation take effect and report an error.
func (s *spy) loseReplies(op string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[op] = fault{err: errOutage, late: true}
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
	return s.faults[op], g
}

func (s *spy) do(ctx context.Context, op string, call func() error) (err error) {
	f, g := s.arrive(ctx, op)
	if g != nil {
		defer close(g.left)
		close(g.entered)
		select {
		case <-g.open:
		case <-ctx.Done():
		}
	}
	if err = f.err; err == nil || f.late {
		if answer := call(); err == nil {
			err = answer
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.done[op]++
	case !errors.Is(err, core.ErrNotFound) && !errors.Is(err, core.ErrGone) && !errors.Is(err, core.ErrCorrupt):
		s.failures++
	}
	return err
}

func (s *spy) issue(id core.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issued = append(s.issued, id)
}

func (s *spy) NewPlace(ctx context.Context) (place string, err error) {
	err = s.do(ctx, "new place", func() (err error) { place, err = s.Store.NewPlace(ctx); return err })
	return place, err
}

func (s *spy) Create(ctx context.Context, id core.ID, nonce string, d core.Delta) error {
	s.issue(id)
	return s.do(ctx, "create", func() error { return s.Store.Create(ctx, id, nonce, d) })
}

func (s *spy) Load(ctx context.Context, id core.ID) (r *core.Record, err error) {
	err = s.do(ctx, "load", func() (err error) { r, err = s.Store.Load(ctx, id); return err })
	return r, err
}

func (s *spy) Save(ctx context.Context, id core.ID, d core.Delta) error {
	return s.do(ctx, "save", func() error { return s.Store.Save(ctx, id, d) })
}

func (s *spy) Renew(ctx context.Context, id, next core.ID, d core.Delta) error {
	s.issue(next)
	return s.do(ctx, "renew", func() error { return s.Store.Renew(ctx, id, next, d) })
}

func (s *spy) Refresh(ctx context.Context, id core.ID, l core.Lifetimes) error {
	return s.do(ctx, "refresh", func() error { return s.Store.Refresh(ctx, id, l) })
}

func (s *spy) Destroy(ctx context.Context, id core.ID) error {
	return s.do(ctx, "destroy", func() error { return s.Store.Destroy(ctx, id) })
}
