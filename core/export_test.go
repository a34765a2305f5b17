package core

import (
	"context"

	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/store"
)

// StartFor returns the session of a request.
func (m *Manager) StartFor(ctx context.Context, r adapter.Request) *Session {
	return m.start(ctx, r.Cookies(), r)
}

// Commit commits a session of Start.
func (m *Manager) Commit(s *Session) (adapter.Headers, error) { return exchange{s}.Commit() }

// Finish finishes a session of Start.
func (m *Manager) Finish(s *Session) { exchange{s}.Finish() }

// Watches reports whether the watches hold a timer.
func (m *Manager) Watches() bool {
	m.watches.mu.Lock()
	defer m.watches.mu.Unlock()
	return m.watches.timer != nil
}

// CheckOrigin is what Begin does first.
func (m *Manager) CheckOrigin(ctx context.Context, r adapter.Request) error {
	return m.checkOrigin(ctx, r)
}

// NewContext returns a copy of ctx that carries the session.
func NewContext(ctx context.Context, s *Session) context.Context { return newContext(ctx, s) }

// Credentials shows tests what the Cookie headers of a request prove.
func (m *Manager) Credentials(headers []string) (id string, present bool, reason string) {
	c := m.read(headers, new(identity))
	return c.id.reveal(), c.present, c.reason
}

// HasCookie reports whether the Cookie headers hold a cookie of our name.
func (m *Manager) HasCookie(headers []string) bool { return m.read(headers, new(identity)).present }

// NewToken returns an id at the place and the mac that a cookie would hold.
func (m *Manager) NewToken(place string) (id, mac string, err error) {
	fresh, err := newID(place)
	return fresh.reveal(), m.keys.sign(fresh.reveal()), err
}

// Sign returns the mac that a cookie with the id would hold.
func (m *Manager) Sign(id string) string { return m.keys.sign(id) }

// NewID returns the text of a new id.
func NewID(place string) (string, error) {
	fresh, err := newID(place)
	return fresh.reveal(), err
}

// KeyOf returns what a store knows of an id.
func KeyOf(text string) store.ID { return parseID(text).sealed().key }

// RefreshDue exposes the rule of refreshes.
func RefreshDue(r *store.Record) bool { return (&clock{Record: r}).refreshDue() }

// CookieID returns the id that the request's cookie proved.
func (s *Session) CookieID() string { return s.cookieID.reveal() }

// CurrentID returns the id under which the session is stored.
func (s *Session) CurrentID() string {
	s.ID()
	return s.life.current.reveal()
}
