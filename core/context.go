package core

import (
	"context"
	"fmt"
)

// newContext returns a copy of ctx that carries the session. It panics if ctx
// carries a session of another Manager, and both Managers have the same cookie
// name or both take bearer tokens. Each would then replace what the other gave
// the client.
func newContext(ctx context.Context, s *Session) context.Context {
	outer, ok := FromContext(ctx)
	switch {
	case !ok || outer.m == s.m:
	case outer.m.cookie.Name == s.m.cookie.Name:
		panic(fmt.Sprintf("session: two Managers of this request have the cookie %q: "+
			"give one another Cookie.Name", s.m.cookie.Name))
	case outer.m.opts.Bearer && s.m.opts.Bearer:
		panic("session: two Managers of this request have Options.Bearer: " +
			"a request has one bearer token, so only one can take it")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.carrier; c != nil && c.Context == nil {
		*c = carrier{ctx, s}
		return c
	}
	return carrier{ctx, s}
}

// FromContext returns the session that ctx carries. With several Managers, it
// is the session of the innermost middleware.
func FromContext(ctx context.Context) (*Session, bool) {
	s, ok := ctx.Value(contextKey{}).(*Session)
	return s, ok
}

// FromContext returns the session of m that ctx carries, for programs with
// several Managers. The From of an adapter returns the session of the innermost
// middleware.
func (m *Manager) FromContext(ctx context.Context) (*Session, bool) {
	s, ok := ctx.Value(m).(*Session)
	return s, ok
}

// MustFromContext is [FromContext] for the From of an adapter. It panics if ctx
// carries no session. The message names the middleware to add.
func MustFromContext(ctx context.Context, adapter string) *Session {
	s, ok := FromContext(ctx)
	if !ok {
		panic("session: no session in this request: add " + adapter +
			".Middleware(sessions) before this handler")
	}
	return s
}

// Value implements [context.Context]. It hides the session from the store's
// call. If a hook or a logger used the session during the call, it would wait
// forever for the call to end.
func (l *limit) Value(key any) any {
	switch key.(type) {
	case contextKey, *Manager:
		return nil
	}
	return l.Context.Value(key)
}
