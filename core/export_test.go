package core

// Credentials shows tests what the Cookie headers of a request prove.
func (m *Manager) Credentials(headers []string) (id string, present bool, reason string) {
	c := m.read(headers)
	return c.id.text, c.present, c.reason
}

// Token returns the id and mac that a cookie for the id would hold.
func (m *Manager) Token(id ID) (text, mac string) { return id.text, m.keys.sign(id.text) }

// NewID exposes newID.
var NewID = newID

// RefreshDue exposes the rule of refreshes.
func (l Lifetimes) RefreshDue(r *Record) bool { return l.refreshDue(r) }

// Held returns the id that the request's cookie proved.
func (s *Session) Held() string { return s.held.text }
