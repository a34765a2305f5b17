package core

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
)

// A Session is one request's view of a visitor's session: a dictionary of JSON values and a login. It is read from the store
// at its first use; what the request changes is kept in memory until the next Save, or until the response's headers are
// about to leave. Only [Session.Load] and [Session.Save] wait for the store, and whichever method is the first to read.
//
// If the read fails, the session reads as empty, and [Session.Err] and [Session.Save] return the error: the middleware turns
// the response into a 503, so that a broken store never looks like a visitor who is logged out.
//
// A Session is safe for concurrent use and may outlive its request: then it can be read, and Save still stores what needs no
// new cookie. Code that runs in an [Options.OnEvent] hook must not use it.
type Session struct {
	m   *Manager
	ctx context.Context // the request's, for the values that calls to the store carry

	mu         sync.Mutex
	held       ID   // the id that the request's cookie proved
	cookieSent bool // the request had a cookie of our name, good or bad
	id         ID   // under which the session is stored; zero if it is not

	state  state
	user   string            // as stored
	fields map[string]string // as stored
	// refreshDue remembers that the read found the session due for an extension of its life. Any write extends it as well.
	refreshDue bool

	pending *pending // nil without changes
	next    ID       // of a renewal whose outcome is not known yet
	birth   birth    // of a create whose outcome is not known yet
	doomed  ID       // a stored session to destroy at the next save
	ended   bool     // Destroy was called

	used      bool  // somebody looked at the session or changed it, so the response depends on the cookie
	committed bool  // the headers have left or are about to
	err       error // sticky
	decodeErr error // the first value that did not decode
	lost      error // the first error that was reported as EventLost
}

// state is what is known about the stored session behind a Session.
type state int

const (
	unread  state = iota // there is a verified id and nobody has looked
	present              // it was read
	absent               // there is none; the first change creates one
	gone                 // it ended or was renewed during this request; changes are discarded
)

// Load reads the session now, unless it was read before, and gives up when ctx is done. The error is the first of this
// session, as [Session.Err] has it; one that comes of ctx is not kept, and the next use reads again.
func (s *Session) Load(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	if err := s.load(withTimeout(ctx, s.m.opts.StoreTimeout)); err != nil && ctx.Err() != nil {
		return err
	} else if err != nil {
		s.fail(err)
	}
	return s.err
}

// Err returns the first error of this session: a read that failed, a value that could not be encoded, or a change that came
// too late; these also fail [Session.Save] and the response. If there is none, it returns the first value that did not
// decode into the type asked for, which fails neither.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	return s.decodeErr
}

// IsNew reports whether no stored session is behind s (yet): the visitor has none, or it ended.
func (s *Session) IsNew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	return s.state != present
}

// ID returns the id under which the session is stored, or the zero ID if it is not. It is for operators' tools and tests.
func (s *Session) ID() ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	return s.id
}

// Format writes where the session is stored, for every verb: fmt would otherwise print the id from the unexported fields.
func (s *Session) Format(f fmt.State, _ rune) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintf(f, "session %v", s.id)
}

// look makes sure that the session has been read, even if the client has gone or the request is over. Callers hold s.mu.
func (s *Session) look() {
	s.used = true
	if s.state != unread || s.err != nil {
		return
	}
	if err := s.load(detachedTimeout(s.ctx, s.m.opts.StoreTimeout)); err != nil {
		s.fail(err)
	}
}

func (s *Session) load(l *limit) error {
	if s.state != unread || s.err != nil {
		return nil
	}
	ctx := l.Context
	var r *Record
	err := s.m.callWithin(l, "load", s.id, func(ctx context.Context) (err error) {
		r, err = s.m.store.Load(ctx, s.id)
		return err
	})
	reason := ""
	switch {
	case err == nil:
		s.state, s.user, s.fields = present, r.User, r.Fields
		s.refreshDue = s.m.life.refreshDue(r)
		s.m.emit(ctx, s.id, Event{Kind: EventLoaded})
		return nil
	case errors.Is(err, ErrRenewed):
		s.state, reason = gone, reasonRenewed
	case errors.Is(err, ErrNotFound):
		s.state, reason = absent, reasonNotFound
	case errors.Is(err, ErrCorrupt):
		s.state, reason = absent, reasonCorrupt
	default:
		return err
	}
	s.m.emit(ctx, s.id, Event{Kind: EventRejected, Reason: reason})
	s.id = ID{}
	return nil
}

// fail keeps the first error. Until the headers have left, the response will tell of it.
func (s *Session) fail(err error) {
	if s.err == nil {
		s.err = err
	}
	if s.committed {
		s.reportLost(err)
	}
}

// reportLost tells once of changes that are lost by the program's mistake. The store's errors are told of where they happen.
func (s *Session) reportLost(err error) {
	if s.lost != nil || err == nil || errors.Is(err, ErrGone) || HTTPStatus(err) == http.StatusServiceUnavailable {
		return
	}
	s.lost = err
	s.m.emit(s.ctx, s.id, Event{Kind: EventLost, Err: err})
}
