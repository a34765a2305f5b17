package core

import (
	"context"
	"errors"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// Save stores the request's changes now. Without changes it makes no call. Most
// handlers do not need it, because the middleware saves. It is for handlers
// that must know the outcome. Save uses the values of ctx but not its
// cancellation: a change should not depend on a client that went away.
// [Options.StoreTimeout] limits how long it takes.
//
// The error is one of [Session.Err], an error of the store, [ErrGone] (the
// changes are discarded), [ErrTooLarge], [ErrTooManySessions] or [ErrTooLate].
// After an error of the store it is unknown whether the changes are stored, and
// the next Save repeats them first. After [ErrTooLarge] nothing is stored, and
// the changes are still there: delete some values and save again.
func (s *Session) Save(ctx context.Context) error {
	var ev events
	defer s.emit(&ev)
	s.mu.Lock()
	s.used = true
	s.mu.Unlock()
	s.operating.Lock()
	defer s.operating.Unlock()
	return s.save(s.m.budget(ctx), &ev)
}

// save carries out operations until nothing is left to store, or the budget is
// spent. Callers hold s.operating.
func (s *Session) save(b budget, ev *events) error {
	for {
		s.limit(b, ev) // also after a login that a read had to repeat
		o, err := s.begin(b, ev)
		if err != nil || o == nil {
			return err
		}
		if err := s.carryOut(b, o, ev); err != nil {
			return err
		}
	}
}

// begin returns the next operation of a save, or nil if there is none.
func (s *Session) begin(b budget, ev *events) (*operation, error) {
	var fresh id
	for {
		o, err := s.tryBegin(fresh, ev)
		if !errors.Is(err, errNeedsID) {
			return o, err
		}
		if fresh, err = s.freshID(b, ev); err != nil {
			return nil, err
		}
	}
}

// errNeedsID means that an operation needs a new id. Ids are never made under a
// lock, because that may call the store.
var errNeedsID = errors.New("a new id is needed")

func (s *Session) tryBegin(fresh id, ev *events) (*operation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	kind, err := s.life.next(s.headersSent)
	switch {
	case errors.Is(err, ErrGone):
		ev.add(s.life.former, Event{Kind: EventGone})
		return nil, err
	case err != nil && s.refused != nil:
		return nil, s.refused // not ErrTooLate: the error page may call Save, and this is the cause
	case err != nil:
		s.fail(err, ev)
		return nil, err
	case kind == opNone:
		return nil, nil
	}
	if s.life.begun == nil && kind != opDestroy {
		// Changes that are too large for any session are not even sent.
		size := store.Delta{Set: s.life.changes.set}.Size()
		if err := s.m.terms.Limits.Check(size, store.Limits{}); err != nil {
			return nil, &sizeError{err}
		}
	}
	if s.life.needsID(kind, fresh) {
		return nil, errNeedsID
	}
	s.life.changes.login = s.life.changes.login.from(time.Now())
	return s.life.begin(kind, fresh, s.m.terms), nil
}

// freshID returns an id: for a renewal, with the place of the current one; for
// a create, with a new place.
func (s *Session) freshID(b budget, ev *events) (id, error) {
	s.mu.Lock()
	place := s.life.current.place()
	s.mu.Unlock()
	if place != "" {
		return newID(place)
	}
	fresh, err := s.m.newID(b)
	if se := (*storeError)(nil); errors.As(err, &se) {
		ev.add(id{}, Event{Kind: EventStoreError, Op: se.op, Err: se.err})
	}
	return fresh, err
}

// refresh extends the idle time of a session that was only read. If it fails,
// the session ends a little earlier, but the request still gets its answer.
// Callers hold s.operating.
func (s *Session) refresh(b budget, ev *events) {
	s.mu.Lock()
	if !s.life.refreshDue {
		s.mu.Unlock()
		return
	}
	o := s.life.use(opRefresh)
	s.mu.Unlock()
	_ = s.carryOut(b, o, ev)
}

// ask stores what the request changed and, if that was done before, asks the
// question in a save of its own. Without an answer, the request changes the
// same keys at the same time. Callers hold s.operating.
func (s *Session) ask(b budget, q *question, ev *events) error {
	s.mu.Lock()
	s.used = true
	asks := s.life.changes.isEmpty() && s.life.begun == nil
	if asks {
		o := s.life.changes.unrepeated()
		o.upTo, o.take = q.upTo, q.take
		s.life.asked = q
	}
	s.mu.Unlock()
	if !asks && b.isOver() {
		return &storeError{"save", context.DeadlineExceeded}
	}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.life.asked = nil
		s.life.changes.stopAsking()
	}()
	return s.save(b, ev)
}
