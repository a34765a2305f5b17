package core

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Reload reads the session from its store again. It gives up when ctx is done.
// Changes that this request has not saved yet are kept. Reload works in streams
// and in other goroutines as well. After the response's headers have left, it
// does not count as a use of the session, so the idle time goes on.
//
// The error is [ErrRenewed] if another request gave the session a new id, and
// [ErrGone] if the session ended in another way. After both, the session reads
// as empty. Any other error is one of the store or of ctx. It is not kept, and
// what was read before is still there.
//
// If an earlier read failed, a Reload that succeeds clears [Session.Err]. It
// does so only after the headers have left, because before that the response
// has to report the error.
func (s *Session) Reload(ctx context.Context) error {
	b := s.m.budget(ctx)
	b.cancellable = true
	return s.reload(b)
}

func (s *Session) reload(b budget) error {
	var ev events
	defer s.emit(&ev)
	s.operating.Lock()
	defer s.operating.Unlock()
	for loaded := false; ; {
		o, err := s.toReload(loaded)
		if err == nil && o != nil {
			loaded = o.kind == opLoad
			err = s.carryOut(b, o, &ev)
		}
		if errors.Is(err, ErrTooLarge) || errors.As(err, new(*keyError)) {
			err = nil // the changes wait for the next save, and the read goes on
		}
		if err != nil || o == nil {
			return err
		}
	}
}

// toReload returns what must be done next, or nil when the load was done.
func (s *Session) toReload(loaded bool) (*operation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	readFailed := errors.As(s.err, new(*storeError))
	switch {
	case readFailed && !s.headersSent:
		return nil, s.err
	case s.life.stage == over && s.life.renewed:
		return nil, ErrRenewed
	case s.life.stage == over:
		return nil, ErrGone
	case s.life.stage == absent && s.life.begun == nil, loaded:
		if readFailed {
			s.err = nil
		}
		return nil, nil
	}
	o, err := s.life.readAgain(s.headersSent)
	o.noUse = s.headersSent
	return o, err
}

// Wait waits until another request has changed the session's values. It returns
// nil when s has the new values. It is for streams and WebSockets, which live
// longer than what their request has read. An error means that the wait is
// over:
//
//   - [ErrGone]: the session has ended, by a logout, by [Manager.End] or because
//     its time is over; or there was no stored session.
//   - [ErrRenewed], which is also an ErrGone: the session has a new id, because
//     of a login or a change of rights. The client should connect again, with
//     its new cookie.
//   - [ErrLocked]: the idle time has passed, and the session is locked.
//   - The error of ctx. Give ctx a timeout to send the client a sign of life now
//     and then, and call Wait again.
//
// If the store fails, Wait goes on until the store works again. Such failures
// are reported as [EventStoreError], at most one in each interval for all Waits
// of the Manager. But if the request's own read failed before the headers left,
// Wait returns that error, because the response has to report it.
//
// Wait reads the session every [Options.WatchInterval]. All Waits of a Manager
// share one timer and read in groups, so a store can answer many of them in one
// round trip. Waiting does not count as a use of the session, so the idle time
// goes on.
func (s *Session) Wait(ctx context.Context) error {
	version, next := s.beginWait()
	for {
		if err := s.m.watches.await(ctx, s.started.Add(next)); err != nil {
			return err
		}
		next = time.Since(s.started) + s.m.watches.interval
		b := s.m.budget(ctx)
		b.cancellable, b.watches = true, true
		err := s.reload(b)
		s.mu.Lock()
		s.nextWait = next
		stage, changed := s.life.stage, s.life.version != version
		kept := err == s.err // that of an earlier read, until the headers have left
		s.mu.Unlock()
		switch {
		case ctx.Err() != nil && err != nil:
			return ctx.Err()
		case errors.As(err, new(*storeError)) && !kept:
		case err != nil:
			return err
		case stage != present:
			return ErrGone
		case s.Locked() != "":
			return ErrLocked
		case changed:
			return nil
		}
	}
}

// beginWait returns the version that the Wait starts with, and the time of its
// first read: at once if nobody has read the session yet, otherwise at a random
// time, which spreads Waits that begin together.
func (s *Session) beginWait() (version int, first time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.nextWait == 0 && s.life.stage == present {
		s.nextWait = time.Since(s.started) + rand.N(s.m.watches.interval)
	}
	return s.life.version, s.nextWait
}
