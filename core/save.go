package core

import (
	"context"
	"errors"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// Save stores what changed, now; without changes it calls nobody. It is for
// handlers that must know the outcome: otherwise the middleware saves. It uses the
// values of ctx but not its cancellation, because a change should not depend on a
// client that went away; [Options.StoreTimeout] bounds it.
//
// The error is that of [Session.Err], or of the store, or [ErrGone] (the changes
// are discarded), [ErrTooLarge], or [ErrTooLate]. After an error of the store it
// is unknown whether the changes are stored, and the next Save begins with the
// same changes. After [ErrTooLarge] nothing is stored, and the changes are still
// there to be made smaller.
func (s *Session) Save(ctx context.Context) error {
	var told events
	defer s.emit(&told)
	s.mu.Lock()
	s.used = true
	s.mu.Unlock()
	s.operating.Lock()
	defer s.operating.Unlock()
	return s.save(s.m.budget(ctx), &told)
}

// save carries out operations until nothing is left to store, or the budget is
// spent. Callers hold s.operating.
func (s *Session) save(b budget, told *events) error {
	for {
		s.limit(b, told) // also after a login that a read had to repeat
		o, err := s.begin(b, told)
		if err != nil || o == nil {
			return err
		}
		if err := s.carryOut(b, o, told); err != nil {
			return err
		}
	}
}

// begin returns the next operation of a save, or nil if there is none.
func (s *Session) begin(b budget, told *events) (*operation, error) {
	var fresh id
	for {
		o, err := s.tryBegin(fresh, told)
		if !errors.Is(err, errNeedsID) {
			return o, err
		}
		if fresh, err = s.freshID(b, told); err != nil {
			return nil, err
		}
	}
}

// errNeedsID means that an operation needs an id, which is not made under a lock.
var errNeedsID = errors.New("a new id is needed")

func (s *Session) tryBegin(fresh id, told *events) (*operation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	kind, err := s.life.next(s.headersSent)
	switch {
	case errors.Is(err, ErrGone):
		told.add(s.life.former, Event{Kind: EventGone})
		return nil, err
	case err != nil && s.refused != nil:
		return nil, s.refused // and not that it is too late: an error page may ask
	case err != nil:
		s.fail(err, told)
		return nil, err
	case kind == opNone:
		return nil, nil
	}
	if s.life.begun == nil && kind != opDestroy {
		// What no session may hold is not even sent.
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

// freshID returns an id for a create, or for a renewal if there is a current one.
func (s *Session) freshID(b budget, told *events) (id, error) {
	s.mu.Lock()
	place := s.life.current.place()
	s.mu.Unlock()
	if place != "" {
		return newID(place)
	}
	fresh, err := s.m.newID(b)
	if se := (*storeError)(nil); errors.As(err, &se) {
		told.add(id{}, Event{Kind: EventStoreError, Op: se.op, Err: se.err})
	}
	return fresh, err
}

// refresh extends the life of a session that was only read. A failure costs the
// session a little of its life, not the request its answer. Callers hold
// s.operating.
func (s *Session) refresh(b budget, told *events) {
	s.mu.Lock()
	if !s.life.refreshDue {
		s.mu.Unlock()
		return
	}
	o := s.life.use(opRefresh)
	s.mu.Unlock()
	_ = s.carryOut(b, o, told)
}
