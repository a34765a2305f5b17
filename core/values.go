package core

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// pending is what the request has changed and not stored yet.
type pending struct {
	clear  bool
	fields map[string]change
	login  string // user to log in
	renew  bool
}

// change is the new value of one field, in JSON, or its end.
type change struct {
	value   string
	deleted bool
}

func (p *pending) isEmpty() bool {
	return !p.clear && len(p.fields) == 0 && p.login == "" && !p.renew
}

// Get returns the value of the key as encoding/json decodes it into an any: nil, bool, float64, string, []any or
// map[string]any; nil if the key is not there. Every call decodes afresh, so the caller may change what it gets. [Key] has
// the typed form, which also keeps large integers exact.
func (s *Session) Get(key string) any {
	var v any
	s.decode(key, &v)
	return v
}

// decode fills v, which is a pointer, from the key's value, and reports whether it did.
func (s *Session) decode(key string, v any) bool {
	s.mu.Lock()
	text, ok := s.field(key)
	s.mu.Unlock()
	return ok && s.unmarshal(key, text, v)
}

// unmarshal runs without the lock, because the value's own UnmarshalJSON may use the session.
func (s *Session) unmarshal(key, text string, v any) bool {
	err := json.Unmarshal([]byte(text), v)
	if err == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.decodeErr == nil {
		s.decodeErr = &keyError{"get", strings.Clone(key), err}
	}
	return false
}

// field returns the key's value in JSON, as the next save would leave it.
func (s *Session) field(key string) (string, bool) {
	s.used = true
	if c, ok := s.pending.fields[key]; ok {
		return c.value, !c.deleted
	}
	if s.pending.clear {
		return "", false
	}
	s.look()
	text, ok := s.record.Fields[key]
	return text, ok
}

// Set gives the key a value, which encoding/json encodes at once: later changes to the value do not count. A value that
// cannot be encoded, an empty key and a key that begins with "@" (stores keep their own fields there) are errors that
// [Session.Err] returns.
func (s *Session) Set(key string, value any) {
	text, err := json.Marshal(value)
	switch {
	case key == "":
		err = errors.New("the key is empty")
	case key[0] == '@':
		err = errors.New("keys that begin with @ are reserved")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	if err != nil {
		s.fail(&keyError{"set", strings.Clone(key), err})
		return
	}
	s.put(key, change{value: string(text)})
}

// Delete removes the key.
func (s *Session) Delete(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	s.remove(key)
}

// remove leaves alone what is known not to be there: a session without changes needs no write.
func (s *Session) remove(key string) {
	_, stored := s.record.Fields[key]
	if s.pending.clear || s.state != unread && !stored {
		delete(s.pending.fields, key)
		return
	}
	s.put(key, change{deleted: true})
}

// put copies the key, because some frameworks hand out strings that change when the request is over.
func (s *Session) put(key string, c change) {
	if s.pending.fields == nil {
		s.pending.fields = make(map[string]change)
	}
	s.pending.fields[strings.Clone(key)] = c
}

// Pop returns the value of the key as [Session.Get] does and removes it.
func (s *Session) Pop(key string) any {
	var v any
	s.pop(key, &v)
	return v
}

// pop is one step: of two goroutines that pop a key, one gets it.
func (s *Session) pop(key string, v any) bool {
	s.mu.Lock()
	text, ok := s.field(key)
	if ok {
		s.remove(key)
	}
	s.mu.Unlock()
	return ok && s.unmarshal(key, text, v)
}

// Clear removes all keys. The login stays.
func (s *Session) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	s.pending.fields = nil
	s.pending.clear = s.state == unread || len(s.record.Fields) > 0
}

// Keys returns the keys in ascending order.
func (s *Session) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	return slices.Sorted(maps.Keys(s.fields()))
}

// fields returns all values as the next save would leave them.
func (s *Session) fields() map[string]string {
	all := make(map[string]string, len(s.record.Fields)+len(s.pending.fields))
	if !s.pending.clear {
		maps.Copy(all, s.record.Fields)
	}
	for key, c := range s.pending.fields {
		if c.deleted {
			delete(all, key)
		} else {
			all[key] = c.value
		}
	}
	return all
}
