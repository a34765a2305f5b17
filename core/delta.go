package core

// delta returns the changes in the form that stores take.
func (s *Session) delta() Delta {
	d := Delta{Clear: s.pending.clear, Login: s.pending.login, Lifetimes: s.m.life}
	for key, c := range s.pending.fields {
		switch {
		case !c.deleted:
			if d.Set == nil {
				d.Set = make(map[string]string, len(s.pending.fields))
			}
			d.Set[key] = c.value
		case !d.Clear:
			d.Delete = append(d.Delete, key)
		}
	}
	return d
}

// settle notes that the changes are stored. A session that nobody has read stays so: a later read asks the store.
func (s *Session) settle() {
	if s.state == present {
		if s.pending.login != "" {
			s.record.User = s.pending.login
		}
		s.record.Fields = s.fields()
	}
	s.pending = pending{}
	s.refreshDue = false
}

// checkSize counts what is known: of a session that nobody has read, the changes.
func (s *Session) checkSize() error {
	size := 0
	if !s.pending.clear {
		for key, value := range s.record.Fields {
			if _, changed := s.pending.fields[key]; !changed {
				size += len(key) + len(value)
			}
		}
	}
	for key, c := range s.pending.fields {
		if !c.deleted {
			size += len(key) + len(c.value)
		}
	}
	if limit := s.m.opts.MaxBytes; size > limit {
		return &sizeError{size, limit}
	}
	return nil
}
