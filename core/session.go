package core

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/store"
)

// A Session is one request's view of a visitor's session: a dictionary of JSON
// values and a login. It is read from the store when a method first needs what
// is stored. Changes stay in memory until the next [Session.Save], or until the
// response's headers are about to leave. The methods that take a context wait
// for the store, and so do [Counter.AddUpTo] and [List.Take]. Every other
// method waits only if it is the first to read; [Session.Created] and the other
// times may read once more.
//
// If the read fails, the session reads as empty, and [Session.Err] and
// [Session.Save] return the error. The middleware then answers 503, so a broken
// store never makes a user look signed out.
//
// If a reply of the store does not come, the call is repeated once. If the
// second call fails as well, its outcome is unknown. The next Save repeats it
// first, and then stores what the request changed since.
//
// A Session is safe for concurrent use. It may outlive its request: it can
// still be read, Save stores changes that need no new cookie, and
// [Session.Wait] reports changes and the end of the session to a stream.
type Session struct {
	m          *Manager
	ctx        context.Context // the request's, for the values that calls to the store carry
	started    time.Time
	cookieID   id       // what the request's cookie or bearer token proved; zero without proof
	cookieSent bool     // the request had a cookie of our name, good or bad
	carrier    *carrier // room for a context that carries the session

	// operating is held during a call to the store, so there is one call at a
	// time. Lock it before mu.
	operating sync.Mutex

	// mu guards the fields below. No foreign code runs while it is held: no
	// call to the store, no event, no encoder.
	mu          sync.Mutex
	life        life
	request     adapter.Request // nil once the headers have left: frameworks reuse its memory
	destroyed   bool            // Destroy was called
	used        bool            // the session was read or changed: the response depends on it
	headersSent bool            // the headers have left or are about to
	err         error           // the first error; every Save fails with it; see Reload
	nextWait    time.Duration   // when Wait may read next, since started; 0 before the first Wait
	refused     error           // the error of Commit: the response is an error page
	decodeErr   error           // the first value that did not decode
	reported    bool            // an EventLost was reported
	bearer      bool            // the token travels in headers: the request had one, or see Token
	proved      bool            // this request logged in, confirmed or unlocked
	tokenTaken  bool            // Token was called: the token may be in the response's body
	wanted      string          // the WWW-Authenticate of a guard's 401
}

// Load reads the session now, unless it was read before. It gives up when ctx
// is done. It returns the first error of this session, as [Session.Err] does.
// An error because of ctx is not kept: the next use reads again.
func (s *Session) Load(ctx context.Context) error {
	b := s.m.budget(ctx)
	b.cancellable = true
	err := s.read(b, false)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	if err != nil && b.gaveUp() {
		return err
	}
	return s.err
}

// read loads the session, unless it is loaded, and its clock if needsClock is
// set. It keeps an error in s.err, unless the reason is the end of b's context.
func (s *Session) read(b budget, needsClock bool) error {
	var ev events
	defer s.emit(&ev)
	s.operating.Lock()
	defer s.operating.Unlock()
	return s.readNow(b, needsClock, &ev)
}

// readNow is read for callers that hold s.operating.
func (s *Session) readNow(b budget, needsClock bool, ev *events) error {
	for {
		o, err := s.toRead(needsClock)
		if err == nil && o != nil {
			err = s.carryOut(b, o, ev)
		}
		if errors.Is(err, ErrTooLarge) || err != nil && errors.As(err, new(*keyError)) {
			err = nil // the changes wait for the next save, and the read goes on
		}
		if err != nil && !b.gaveUp() {
			s.mu.Lock()
			s.fail(err, ev)
			s.mu.Unlock()
		}
		if err != nil || o == nil {
			return err
		}
	}
}

func (s *Session) toRead(needsClock bool) (*operation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	return s.life.read(s.headersSent, needsClock)
}

// carryOut performs an operation and records its outcome. Callers hold
// s.operating.
func (s *Session) carryOut(b budget, o *operation, ev *events) error {
	r, err := s.m.perform(b, o, s.started)
	if !isAnswer(err) && !b.gaveUp() && (!b.watches || s.m.watches.mayReport(time.Now())) {
		ev.add(o.id, Event{Kind: EventStoreError, Op: string(o.kind), Err: err})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	running := time.Duration(0) // it matters only if it is long, or if there is no session
	if err != nil || s.headersSent {
		running = time.Since(s.started)
	}
	event, failure := s.life.outcome(o, r, err, running)
	ev.add(o.id, event)
	if failure == nil {
		return nil
	}
	if errors.Is(failure, store.ErrForgotten) && s.headersSent {
		s.life.abandon() // a response becomes an error page, but a stream goes on
	}
	if large := (*store.TooLargeError)(nil); errors.As(failure, &large) {
		return &sizeError{large}
	}
	if count := (*store.CountError)(nil); errors.As(failure, &count) {
		return &keyError{"add to", count.Field, count.Reason}
	}
	return &storeError{string(o.kind), failure}
}

// look reads the session if that has not been done, even if the client has gone
// or the request is over. Callers hold s.mu. look releases it while it waits.
func (s *Session) look() { s.lookAt(false) }

// lookAtClock is look, and also makes sure that the times of a stored session
// are known.
func (s *Session) lookAtClock() { s.lookAt(true) }

func (s *Session) lookAt(clock bool) {
	s.used = true
	for !s.life.isRead(clock) && s.err == nil {
		func() {
			s.mu.Unlock()
			defer s.mu.Lock() // also if the store panics
			_ = s.read(s.m.budget(s.ctx), clock)
		}()
	}
}

// fail keeps the first error. Until the headers have left, the response will
// show it. Callers hold s.mu.
func (s *Session) fail(err error, ev *events) {
	if s.err == nil {
		s.err = err
	}
	if s.headersSent {
		s.reportLost(err, ev)
	}
}

// reportLost reports, once, that changes are lost because of a mistake in the
// program. Errors of the store are reported where they happen. Callers hold
// s.mu.
func (s *Session) reportLost(err error, ev *events) {
	if s.reported || errors.Is(err, ErrGone) ||
		adapter.HTTPStatus(err) == http.StatusServiceUnavailable {
		return
	}
	s.reported = true
	ev.add(s.life.current, Event{Kind: EventLost, Err: err})
}

// refuse keeps the error of a call that the handler should not have made.
func (s *Session) refuse(err error) {
	var ev events
	defer s.emit(&ev)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	s.fail(err, &ev)
}

// Err returns the first error of this session: a failed read, a value that
// could not be encoded, or a change that came too late. [Session.Save] and the
// response fail with the same error. If there is none, Err returns the first
// value that did not decode into the type asked for. Such a value fails neither
// of them.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	return s.decodeErr
}

// IsNew reports whether s has no stored session (yet): the visitor never had
// one, or it ended.
func (s *Session) IsNew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	return s.life.stage != present
}

// ID returns the name of the session in its store, or the zero ID if it is not
// stored. It is for operators' tools. It is not secret. Its place stays the
// same for the session's whole life.
func (s *Session) ID() store.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	if s.life.current.isZero() {
		return store.ID{}
	}
	return s.life.current.sealed().key
}

// Format writes the session's place, for every verb. Without it, fmt would
// print the secret id from the unexported fields.
func (s *Session) Format(f fmt.State, _ rune) {
	s.mu.Lock()
	place := s.life.current.place()
	s.mu.Unlock()
	_, _ = fmt.Fprintf(f, "session %q", place)
}

// User returns the user who is logged in, or "". It returns "" for a locked
// session; see [Session.Locked].
func (s *Session) User() string {
	v, _ := s.verify()
	return v.user
}

// A verdict is the user of a session and the state of their login.
type verdict struct {
	user, locked string        // at most one of them
	level        int           // 0 without a user
	age          time.Duration // of the login
}

// verify returns the verdict, or the error because of which it is unknown.
func (s *Session) verify() (v verdict, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	if s.life.userNow() == "" {
		s.look()
	}
	now, pending := s.life.loginNow()
	c, running := &s.life.clock, time.Since(s.started)
	switch {
	case now.User == "":
	case !pending && c.locked(running) && !s.life.unlocks():
		v.locked = now.User
	default:
		v.user, v.level = now.User, now.about.level
		if !pending && c.known() {
			v.age = c.now(running).Sub(c.LoggedIn)
		}
	}
	return v, s.err
}

// Logout ends the login and the session. It is the same as [Session.Destroy].
func (s *Session) Logout() { s.Destroy() }

// Renew gives the session a new id at the next save. Everything else stays,
// including both lifetimes. Call it when the user's rights change without a new
// login. A session that is not stored yet gets a new id anyway.
func (s *Session) Renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look() // to know whether the new cookie is persistent
	s.life.changes.renew = true
}

// Destroy ends the session with all its data. It reads as empty at once. The
// next save removes it from the store, and the response removes the cookie from
// the browser. Values set after Destroy belong to a new session.
func (s *Session) Destroy() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used, s.destroyed = true, true
	s.life.destroy()
}

// emit reports the events. Callers hold no lock.
func (s *Session) emit(e *events) {
	for _, event := range e.first[:min(e.n, len(e.first))] {
		s.m.emit(s.ctx, event)
	}
	for _, event := range e.rest {
		s.m.emit(s.ctx, event)
	}
}

// A carrier is a context with a session.
type carrier struct {
	context.Context
	s *Session
}

// Value implements [context.Context]. With a Manager as the key, it returns
// that Manager's session.
func (c carrier) Value(key any) any {
	switch key := key.(type) {
	case contextKey:
		return c.s
	case *Manager:
		if key == c.s.m {
			return c.s
		}
	}
	return c.Context.Value(key)
}
