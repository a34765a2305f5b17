package core

import (
	"context"
	"errors"
)

// birth is the id and nonce of a create. They are kept until it succeeds, so that a repeated Save after a lost reply does
// not create a second session.
type birth struct {
	id    ID
	nonce string
}

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
	return s.save(context.WithoutCancel(ctx))
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
	if s.state == gone && s.pending.login == "" {
		s.pending = pending{}
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
	if s.pending.login == "" && !s.pending.renew {
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
		s.m.emit(ctx, s.id, Event{Kind: EventRenewed, User: s.pending.login})
		s.settle()
	}
	return err
}

// create stores a new session if there is anything to store.
func (s *Session) create(ctx context.Context) error {
	d := s.delta()
	if len(d.Set) == 0 && d.Login == "" {
		s.pending = pending{}
		return nil
	}
	if s.committed {
		return s.tooLate()
	}
	if err := s.conceive(ctx); err != nil {
		return err
	}
	err := s.m.call(ctx, "create", s.birth.id, func(ctx context.Context) error {
		return s.m.store.Create(ctx, s.birth.id, s.birth.nonce, d)
	})
	if errors.Is(err, ErrExists) {
		s.birth = birth{}
	}
	if err != nil {
		return err
	}
	s.id, s.state, s.birth = s.birth.id, present, birth{}
	s.m.emit(ctx, s.id, Event{Kind: EventCreated, User: d.Login})
	s.settle()
	return nil
}

// conceive chooses the id of a session to create.
func (s *Session) conceive(ctx context.Context) error {
	if !s.birth.id.IsZero() {
		return nil
	}
	var place string
	err := s.m.call(ctx, "new place", ID{}, func(ctx context.Context) (err error) {
		place, err = s.m.store.NewPlace(ctx)
		return err
	})
	if err != nil {
		return err
	}
	id, err := newID(place)
	if err != nil {
		return err
	}
	nonce, err := randomText(9)
	if err != nil {
		return err
	}
	s.birth = birth{id, nonce}
	return nil
}

func (s *Session) tooLate() error {
	s.fail(ErrTooLate)
	return ErrTooLate
}

// delta returns the changes in the form that stores take.
func (s *Session) delta() Delta {
	d := Delta{Clear: s.pending.clear, Login: s.pending.login, Lifetimes: s.m.life}
	for key, c := range s.pending.fields {
		switch {
		case !c.deleted:
			if d.Set == nil {
				d.Set = make(map[string]string, len(s.pending.fields))
			}
			d.Set[key] = c.value
		case !d.Clear:
			d.Delete = append(d.Delete, key)
		}
	}
	return d
}

// settle notes that the changes are stored. A session that nobody has read stays so: a later read asks the store.
func (s *Session) settle() {
	if s.state == present {
		if s.pending.login != "" {
			s.record.User = s.pending.login
		}
		s.record.Fields = s.fields()
	}
	s.pending = pending{}
	s.refreshDue = false
}

// checkSize counts what is known: of a session that nobody has read, the changes.
func (s *Session) checkSize() error {
	size := 0
	if !s.pending.clear {
		for key, value := range s.record.Fields {
			if _, changed := s.pending.fields[key]; !changed {
				size += len(key) + len(value)
			}
		}
	}
	for key, c := range s.pending.fields {
		if !c.deleted {
			size += len(key) + len(c.value)
		}
	}
	if limit := s.m.opts.MaxBytes; size > limit {
		return &sizeError{size, limit}
	}
	return nil
}
