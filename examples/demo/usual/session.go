package usual

import (
	"context"
	"crypto/rand"
	"net/http"
)

const (
	cookieName = "usual_session"
	userKey    = "user"
)

// A Session is one request's view of a visitor's session. It is read when the
// request begins, and written as a whole before the headers of the answer
// leave, if the request changed it.
type Session struct {
	id      string
	former  string // the id before a login
	values  map[string]any
	changed bool
	ended   bool
}

// User returns who is signed in, or "".
func (s *Session) User() string {
	user, _ := s.values[userKey].(string)
	return user
}

// Login signs the user in, under a new id.
func (s *Session) Login(user string) {
	s.former, s.id = s.id, rand.Text()
	s.Set(userKey, user)
}

// Logout ends the session.
func (s *Session) Logout() { s.values, s.ended = map[string]any{}, true }

// Get returns a value, or nil.
func (s *Session) Get(key string) any { return s.values[key] }

// Set changes a value.
func (s *Session) Set(key string, value any) { s.values[key], s.changed = value, true }

type contextKey struct{}

// From returns the session of a request that came through the middleware.
func From(r *http.Request) *Session { return r.Context().Value(contextKey{}).(*Session) }

// Middleware gives the requests their sessions.
func (s *Store) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session := s.start(r)
		r = r.WithContext(context.WithValue(r.Context(), contextKey{}, session))
		next.ServeHTTP(&writer{w, func() { s.finish(w, r, session) }}, r)
	})
}

func (s *Store) start(r *http.Request) *Session {
	if cookie, err := r.Cookie(cookieName); err == nil {
		if values, ok := s.load(r.Context(), cookie.Value); ok {
			return &Session{id: cookie.Value, values: values}
		}
	}
	return &Session{id: rand.Text(), values: map[string]any{}}
}

// finish writes what the request changed. An error costs the change, and is at
// best a line in the log.
func (s *Store) finish(w http.ResponseWriter, r *http.Request, session *Session) {
	cookie := http.Cookie{
		Name: cookieName, Value: session.id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	switch {
	case session.ended:
		_ = s.remove(r.Context(), session.id)
		cookie.Value, cookie.MaxAge = "", -1
	case session.changed:
		_ = s.save(r.Context(), session.id, session.values)
		if session.former != "" {
			_ = s.remove(r.Context(), session.former)
		}
	default:
		return
	}
	http.SetCookie(w, &cookie)
}

// A writer calls finish before the headers leave. Its handlers all call
// WriteHeader.
type writer struct {
	http.ResponseWriter
	finish func()
}

func (w *writer) WriteHeader(status int) {
	w.finish()
	w.ResponseWriter.WriteHeader(status)
}
