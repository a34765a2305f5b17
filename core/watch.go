package core

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Reload reads the session from its store again, and gives up when ctx is done.
// What this request has changed and not saved stays on top of what it finds. It
// works in a stream and in other goroutines as well. When the response's
// headers have left, it is no use of the session: the idle time runs on.
//
// The error is [ErrRenewed] if another request gave the session a new id, and
// [ErrGone] if it ended in another way: from then on it reads as empty. Every
// other error, which is the store's or that of ctx, changes nothing and is not
// kept: what was read before is still there. If an earlier read failed, a
// Reload that succeeds clears [Session.Err], but only after the headers have
// left: until then the response tells of it.
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

// Wait waits until another request has changed the session's values, and
// returns nil when s has the new ones. It is for streams and WebSockets: they
// learn what becomes of their session after their request began. The error says
// why there is nothing more to wait for:
//
//   - [ErrGone]: the session has ended: by a logout, a [Manager.End], or its time.
//     So it is at once if no session is stored.
//   - [ErrRenewed], which is an ErrGone too: the session has another id, because of a
//     login or a change of rights. The client should connect again, with the cookie
//     that it has by now.
//   - [ErrLocked]: the idle time has passed, and the session is locked.
//   - That of ctx. A ctx with a timeout makes room for a sign of life to the client.
//
// If the store fails, Wait goes on, and returns when the store answers again
// and there is something to tell. Of all that wait in a Manager, one such
// failure in each interval is reported as [EventStoreError]. But if the
// request's own read has failed before the headers left, Wait returns that
// error: the response has to tell of it.
//
// Wait reads the session every [Options.WatchInterval]. All that wait share one
// timer, and ask together in groups, so that a store can answer many in one
// round trip. To wait is no use of the session: the idle time runs on.
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

// beginWait returns the version from which on a Wait tells of changes, and when
// it reads first: at once if nobody has read the session; otherwise at a random
// time, which spreads those that come together.
func (s *Session) beginWait() (version int, first time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.nextWait == 0 && s.life.stage == present {
		s.nextWait = time.Since(s.started) + rand.N(s.m.watches.interval)
	}
	return s.life.version, s.nextWait
}
