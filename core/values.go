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
	Delta // without lifetimes; no key is both in Delete and in Set
	renew bool
}

func (p *pending) isEmpty() bool {
	return p == nil || !p.Clear && len(p.Delete) == 0 && len(p.Set) == 0 && p.Login == "" && !p.renew
}

// field returns the key's new value; known says that it has one, or none.
func (p *pending) field(key string) (text string, ok, known bool) {
	if p == nil {
		return "", false, false
	}
	text, ok = p.Set[key]
	return text, ok, ok || p.Clear || slices.Contains(p.Delete, key)
}

// The keys are copied, because some frameworks hand out strings that change when the request is over.

func (p *pending) set(key, text string) {
	if p.Set == nil {
		p.Set = make(map[string]string)
	}
	key = strings.Clone(key)
	p.Set[key] = text
	p.Delete = slices.DeleteFunc(p.Delete, func(deleted string) bool { return deleted == key })
}

func (p *pending) drop(key string) {
	delete(p.Set, key)
	if !p.Clear && !slices.Contains(p.Delete, key) {
		p.Delete = append(p.Delete, strings.Clone(key))
	}
}

// Get returns the value of the key as encoding/json decodes it into an any: nil, bool, float64, string, []any or
// map[string]any; nil if the key is not there. Every call decodes afresh, so the caller may change what it gets. [Key] has
// the typed form, which also keeps large integers exact.
func (s *Session) Get(key string) any {
	if text, ok := s.text(key); ok {
		v, _ := decodeAs[any](s, key, text)
		return v
	}
	return nil
}

// text returns the key's value in JSON.
func (s *Session) text(key string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.field(key)
}

// unmarshal fills v, which is a pointer, and reports whether it could. It runs without the lock, because the value's own UnmarshalJSON may use the session.
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
	if text, ok, known := s.pending.field(key); known {
		return text, ok
	}
	s.look()
	text, ok := s.fields[key]
	return text, ok
}

// change returns the changes to add to.
func (s *Session) change() *pending {
	if s.pending == nil {
		s.pending = new(pending)
	}
	return s.pending
}

// Set gives the key a value, which encoding/json encodes at once: later changes to the value do not count. A value that
// cannot be encoded, an empty key and a key that begins with "@" (stores keep their own fields there) are errors that
// [Session.Err] returns.
func (s *Session) Set(key string, value any) {
	text, err := encode(value)
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
	s.change().set(key, text)
}

func encode(value any) (string, error) {
	if text, ok := quickEncode(value); ok {
		return text, nil
	}
	text, err := json.Marshal(value)
	return string(text), err
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
	if _, stored := s.fields[key]; stored || s.state == unread {
		s.change().drop(key)
		return
	}
	if s.pending != nil {
		delete(s.pending.Set, key)
	}
}

// Pop returns the value of the key as [Session.Get] does and removes it.
func (s *Session) Pop(key string) any {
	if text, ok := s.pop(key); ok {
		v, _ := decodeAs[any](s, key, text)
		return v
	}
	return nil
}

// pop is one step: of two goroutines that pop a key, one gets it.
func (s *Session) pop(key string) (text string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, ok = s.field(key)
	if ok {
		s.remove(key)
	}
	return text, ok
}

// Clear removes all keys. The login stays.
func (s *Session) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	p := s.change()
	p.Set, p.Delete = nil, nil
	p.Clear = s.state == unread || len(s.fields) > 0
}

// Keys returns the keys in ascending order.
func (s *Session) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	return slices.Sorted(maps.Keys(s.pending.applied(maps.Clone(s.fields))))
}

// applied returns the fields with the changes, in the same map if it can.
func (p *pending) applied(fields map[string]string) map[string]string {
	switch {
	case p == nil:
		return fields
	case p.Clear || fields == nil:
		return maps.Clone(p.Set)
	}
	for _, key := range p.Delete {
		delete(fields, key)
	}
	maps.Copy(fields, p.Set)
	return fields
}
