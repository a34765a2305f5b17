package core

// delta returns the changes for the store.
func (s *Session) delta() Delta {
	d := s.pending.Delta
	d.Lifetimes = s.m.life
	return d
}

// settle notes that the changes are stored. A session that nobody has read stays so: a later read asks the store.
func (s *Session) settle() {
	if s.state == present {
		if s.pending.Login != "" {
			s.user = s.pending.Login
		}
		s.fields = s.pending.applied(s.fields)
	}
	s.pending = nil
	s.refreshDue = false
}

// checkSize counts what is known: of a session that nobody has read, the changes.
func (s *Session) checkSize() error {
	size := 0
	for key, value := range s.fields {
		if _, _, known := s.pending.field(key); !known {
			size += len(key) + len(value)
		}
	}
	for key, value := range s.pending.Set {
		size += len(key) + len(value)
	}
	if limit := s.m.opts.MaxBytes; size > limit {
		return &sizeError{size, limit}
	}
	return nil
}
