package core

import "context"

type contextKey struct{}

// NewContext returns a copy of ctx that carries the session.
func NewContext(ctx context.Context, s *Session) context.Context {
	return context.WithValue(ctx, contextKey{}, s)
}

// FromContext returns the session that ctx carries: that of the innermost middleware.
func FromContext(ctx context.Context) (*Session, bool) {
	s, ok := ctx.Value(contextKey{}).(*Session)
	return s, ok
}

// MustFromContext is FromContext for the From of an adapter. It panics if ctx carries no session, with a sentence that says
// which middleware to add.
func MustFromContext(ctx context.Context, adapter string) *Session {
	s, ok := FromContext(ctx)
	if !ok {
		panic("session: no session in this request: add " + adapter + ".Middleware(sessions) before this handler")
	}
	return s
}

// Mounted reports whether ctx carries a session of m, so that a middleware mounted twice leaves the request to the outer one.
func (m *Manager) Mounted(ctx context.Context) bool {
	s, ok := FromContext(ctx)
	return ok && s.m == m
}
