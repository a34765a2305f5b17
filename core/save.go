package core

import (
	"context"
	"errors"
)

// Save stores what changed, now; without changes it calls nobody. It is for handlers that must know the outcome: otherwise
// the middleware saves. It uses the values of ctx but not its cancellation, because a change should not depend on a client
// that went away; [Options.StoreTimeout] bounds each call. After a failed Save the changes are still there to be saved
// again.
//
// The error is that of [Session.Err], or of the store, or [ErrGone] (the session ended or was renewed meanwhile; the
// changes are discarded), [ErrTooLarge], or [ErrTooLate].
func (s *Session) Save(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	return s.save(ctx)
}

func (s *Session) save(ctx context.Context) error {
	if s.err != nil {
		return s.err
	}
	if err := s.destroyDoomed(ctx); err != nil {
		return err
	}
	if s.pending.isEmpty() {
		return nil
	}
	if err := s.checkSize(); err != nil {
		return err
	}
	if s.state == unread || s.state == present {
		err := s.update(ctx)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, ErrGone) && !errors.Is(err, ErrCorrupt):
			return err
		case s.state == present, errors.Is(err, ErrRenewed):
			s.forget(gone)
		default:
			// Nobody had read this session, so it may have ended long before this request.
			s.m.emit(ctx, s.id, Event{Kind: EventRejected, Reason: reasonNotFound})
			s.forget(absent)
		}
	}
	if s.state == gone && s.pending.Login == "" {
		s.pending = nil
		s.m.emit(ctx, s.held, Event{Kind: EventGone})
		return ErrGone
	}
	return s.create(ctx)
}

func (s *Session) destroyDoomed(ctx context.Context) error {
	if s.doomed.IsZero() {
		return nil
	}
	err := s.m.call(ctx, "destroy", s.doomed, func(ctx context.Context) error {
		return s.m.store.Destroy(ctx, s.doomed)
	})
	if err != nil {
		return err
	}
	s.m.emit(ctx, s.doomed, Event{Kind: EventDestroyed})
	s.doomed = ID{}
	return nil
}

// update applies the changes to the session that is stored.
func (s *Session) update(ctx context.Context) error {
	d := s.delta()
	if s.pending.Login == "" && !s.pending.renew {
		err := s.m.call(ctx, "save", s.id, func(ctx context.Context) error {
			return s.m.store.Save(ctx, s.id, d)
		})
		if err == nil {
			s.settle()
		}
		return err
	}
	if s.committed {
		return s.tooLate()
	}
	if s.next.IsZero() {
		next, err := newID(s.id.Place())
		if err != nil {
			return err
		}
		s.next = next
	}
	err := s.m.call(ctx, "renew", s.id, func(ctx context.Context) error {
		return s.m.store.Renew(ctx, s.id, s.next, d)
	})
	if err == nil {
		s.id, s.next = s.next, ID{}
		s.m.emit(ctx, s.id, Event{Kind: EventRenewed, User: s.pending.Login})
		s.settle()
	}
	return err
}

func (s *Session) tooLate() error {
	s.fail(ErrTooLate)
	return ErrTooLate
}
