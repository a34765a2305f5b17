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
// values and a login. It is read from the store at its first use. What the request
// changes is kept in memory until the next Save, or until the response's headers
// are about to leave. These wait for the store: [Session.Load], [Session.Save],
// [Session.Reload], [Session.Wait], [Counter.AddUpTo], [List.Take], and whichever
// method is the first to read.
//
// If the read fails, the session reads as empty, and [Session.Err] and
// [Session.Save] return the error. The middleware turns the response into a 503,
// so that a broken store never looks like a visitor who is logged out.
//
// A call to the store whose reply does not come is repeated once. If that fails as
// well, its outcome stays unknown; the next Save repeats it before it stores what
// the request changed since.
//
// A Session is safe for concurrent use and may outlive its request: then it can be
// read, Save still stores what needs no new cookie, and [Session.Wait] tells a
// stream what becomes of it.
type Session struct {
	m          *Manager
	ctx        context.Context // the request's, for the values that calls to the store carry
	started    time.Time
	cookieID   id       // what the request's cookie or bearer token proved; zero without proof
	cookieSent bool     // the request had a cookie of our name, good or bad
	carrier    *carrier // room for a context that carries the session

	// operating is held while a call to the store is under way, so that there is one
	// at a time. It is locked before mu.
	operating sync.Mutex

	// mu guards what follows. No foreign code runs while it is held: no call to the
	// store, no event, no encoder.
	mu          sync.Mutex
	life        life
	request     adapter.Request // nil when the headers have left: it may be used for another one then
	destroyed   bool            // Destroy was called
	used        bool            // somebody looked at the session or changed it, so the response depends on the cookie
	headersSent bool            // the headers have left or are about to
	err         error           // the first error; every Save fails with it; see Reload
	nextWait    time.Duration   // since started: when Wait may read next; 0 before the first Wait
	refused     error           // with which Commit failed: the response is an error page without a cookie
	decodeErr   error           // the first value that did not decode
	reported    bool            // an EventLost was reported
	bearer      bool            // the token travels in headers: the request brought one, or Token was called
	proved      bool            // this request logged in, confirmed or unlocked
	tokenTaken  bool            // Token was called: the token may be in the response's body
	wanted      string          // what a guard's 401 asks for, in WWW-Authenticate
}

// Load reads the session now, unless it was read before, and gives up when ctx is
// done. The error is the first of this session, as [Session.Err] has it. One that
// comes of ctx is not kept, and the next use reads again.
func (s *Session) Load(ctx context.Context) error {
	b := s.m.budget(ctx)
	b.cancellable = true
	err := s.read(b, false)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	if err != nil && ctx.Err() != nil {
		return err
	}
	return s.err
}

// read loads the session unless that is done, with its clock if that is needed. It
// keeps its error, unless that comes of the end of b's context.
func (s *Session) read(b budget, needsClock bool) error {
	var told events
	defer s.emit(&told)
	s.operating.Lock()
	defer s.operating.Unlock()
	return s.readNow(b, needsClock, &told)
}

// readNow is read for callers that hold s.operating.
func (s *Session) readNow(b budget, needsClock bool, told *events) error {
	for {
		o, err := s.toRead(needsClock)
		if err == nil && o != nil {
			err = s.carryOut(b, o, told)
		}
		if errors.Is(err, ErrTooLarge) || err != nil && errors.As(err, new(*keyError)) {
			err = nil // the changes wait for the next save, and the read goes on
		}
		if err != nil && !b.gaveUp() {
			s.mu.Lock()
			s.fail(err, told)
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

// carryOut performs an operation and notes its outcome. Callers hold s.operating.
func (s *Session) carryOut(b budget, o *operation, told *events) error {
	r, err := s.m.perform(b, o, s.started)
	if !isAnswer(err) && !b.gaveUp() && (!b.watches || s.m.watches.mayReport(time.Now())) {
		told.add(o.id, Event{Kind: EventStoreError, Op: string(o.kind), Err: err})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	running := time.Duration(0) // which matters only if it is long, or no session is there
	if err != nil || s.headersSent {
		running = time.Since(s.started)
	}
	event, failure := s.life.outcome(o, r, err, running)
	told.add(o.id, event)
	if failure == nil {
		return nil
	}
	if errors.Is(failure, store.ErrForgotten) && s.headersSent {
		s.life.abandon() // a response tells of it, but a stream goes on
	}
	if large := (*store.TooLargeError)(nil); errors.As(failure, &large) {
		return &sizeError{large}
	}
	if count := (*store.CountError)(nil); errors.As(failure, &count) {
		return &keyError{"add to", count.Field, count.Reason}
	}
	return &storeError{string(o.kind), failure}
}

// look makes sure that the session has been read, even if the client has gone or
// the request is over. Callers hold s.mu, which look gives up while it waits.
func (s *Session) look() { s.lookAt(false) }

// lookAtClock is look, and makes sure that the times are known of a session that is
// stored.
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

// fail keeps the first error. Until the headers have left, the response will tell
// of it. Callers hold s.mu.
func (s *Session) fail(err error, told *events) {
	if s.err == nil {
		s.err = err
	}
	if s.headersSent {
		s.reportLost(err, told)
	}
}

// reportLost reports once that changes are lost by the program's mistake. Errors
// of the store are reported where they happen. Callers hold s.mu.
func (s *Session) reportLost(err error, told *events) {
	if s.reported || errors.Is(err, ErrGone) || adapter.HTTPStatus(err) == http.StatusServiceUnavailable {
		return
	}
	s.reported = true
	told.add(s.life.current, Event{Kind: EventLost, Err: err})
}

// refuse keeps the error of a call that the handler should not have made.
func (s *Session) refuse(err error) {
	var told events
	defer s.emit(&told)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	s.fail(err, &told)
}

// Err returns the first error of this session: a read that failed, a value that
// could not be encoded, or a change that came too late. These also fail
// [Session.Save] and the response. If there is none, it returns the first value
// that did not decode into the type asked for, which fails neither.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	return s.decodeErr
}

// IsNew reports whether no stored session is behind s (yet): the visitor has none,
// or it ended.
func (s *Session) IsNew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	return s.life.stage != present
}

// ID returns the name of the session in its store, or the zero ID if it is not
// stored. It is not secret. Its place stays the same for the session's whole life.
// It is for operators' tools.
func (s *Session) ID() store.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	if s.life.current.isZero() {
		return store.ID{}
	}
	return s.life.current.sealed().key
}

// Format writes the session's place, for every verb: fmt would otherwise print
// the id from the unexported fields.
func (s *Session) Format(f fmt.State, _ rune) {
	s.mu.Lock()
	place := s.life.current.place()
	s.mu.Unlock()
	_, _ = fmt.Fprintf(f, "session %q", place)
}

// User returns the user who is logged in, or "". A session that is locked has none:
// see [Session.Locked].
func (s *Session) User() string {
	v, _ := s.verify()
	return v.user
}

// A verdict is who uses a session.
type verdict struct {
	user, locked string        // at most one of them
	level        int           // 0 without a user
	age          time.Duration // of the login
}

// verify returns the verdict, and the error that makes it unknown.
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

// Logout ends the login and the session with it: the same as [Session.Destroy].
func (s *Session) Logout() { s.Destroy() }

// Renew gives the session a new id at the next save and keeps everything else, both
// lifetimes among it: for a change of rights within a login. A session that is not
// stored yet gets a new id anyway.
func (s *Session) Renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look() // whether the new cookie is persistent
	s.life.changes.renew = true
}

// Destroy ends the session with all its data. It reads as empty at once. The next
// save removes it from the store, and the response takes the cookie from the
// browser. What is set after Destroy belongs to a new session.
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

// Value implements [context.Context]. The key of a Manager's own session is the Manager.
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
