package core

import (
	"errors"
	"strings"
)

// User returns the user who is logged in, or "".
func (s *Session) User() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.currentUser()
}

func (s *Session) currentUser() string {
	s.used = true
	if s.pending != nil && s.pending.Login != "" {
		return s.pending.Login
	}
	s.look()
	return s.user
}

// Login logs the user in. The next save gives the session a new id, so that nobody who knew or planted the old one shares
// the login (session fixation), and starts the absolute timeout anew. What an anonymous visitor had collected is kept; if
// somebody else was logged in, that session's data is dropped first, with what this request had changed. An empty user is
// an error that [Session.Err] returns.
func (s *Session) Login(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	if user == "" {
		s.fail(errors.New("session: login: the user is empty"))
		return
	}
	if before := s.currentUser(); before != "" && before != user {
		s.pending = &pending{Delta: Delta{Clear: true}}
	}
	s.change().Login = strings.Clone(user)
}

// Logout ends the login and the session with it: the same as [Session.Destroy].
func (s *Session) Logout() { s.Destroy() }

// Renew gives the session a new id at the next save and keeps everything else: for a change of rights within a login. A
// session that is not stored yet gets a new id anyway.
func (s *Session) Renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	s.change().renew = true
}

// Destroy ends the session with all its data. It reads as empty at once; the next save removes it from the store, and the
// response takes the cookie from the browser. What is set after Destroy belongs to a new session.
func (s *Session) Destroy() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	switch {
	case !s.id.IsZero():
		s.doomed = s.id
	case s.state == gone:
		// The id of the request was renewed by another request; the store finds the session by the mark.
		s.doomed = s.held
	}
	s.forget(absent)
	s.ended = true
	s.pending = nil
}

// forget drops what is known of the stored session.
func (s *Session) forget(then state) {
	s.state, s.id, s.next, s.user, s.fields, s.refreshDue = then, ID{}, ID{}, "", nil, false
}
