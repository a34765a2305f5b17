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

// create stores a new session if there is anything to store.
func (s *Session) create(ctx context.Context) error {
	d := s.delta()
	if len(d.Set) == 0 && d.Login == "" {
		s.pending = nil
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
