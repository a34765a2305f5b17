package core

import (
	"encoding/json"
	"errors"
	"strings"
)

// Get returns the value of the key as encoding/json decodes it into an any:
// nil, bool, float64, string, []any or map[string]any. It returns nil if the
// key is not there. Every call decodes the value again, so the caller may
// change the result. A [Key] returns a typed value, and keeps large integers
// exact.
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

// field returns the key's value in JSON, as the next save would leave it.
// Callers hold s.mu.
func (s *Session) field(key string) (string, bool) {
	s.used = true
	if text, ok, known := s.life.changed(key); known {
		return text, ok
	}
	s.look()
	return s.life.field(key)
}

// unmarshal decodes text into v, a pointer, and reports whether that worked. It
// runs without the lock, because the value's own UnmarshalJSON may use the
// session.
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

// Set sets the key to a value. It encodes the value with encoding/json at once,
// so later changes to the value have no effect. [Session.Err] returns an error
// if the value cannot be encoded, if the key is empty, or if it begins with "@"
// (stores keep their own fields there).
func (s *Session) Set(key string, value any) {
	text, err := encode(value)
	if !s.allows("set", key, err) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	s.life.changes.put(key, text)
}

// allows reports whether the key may be changed and err is nil. If not, it
// keeps the error.
func (s *Session) allows(op, key string, err error) bool {
	switch {
	case key == "":
		err = errors.New("the key is empty")
	case key[0] == '@':
		err = errReserved
	}
	if err != nil {
		s.refuse(&keyError{op, strings.Clone(key), err})
	}
	return err == nil
}

var errReserved = errors.New("keys that begin with @ are reserved")

func encode(value any) (string, error) {
	if text, ok := quickEncode(value); ok {
		return text, nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}

// Delete removes the key. [Session.Err] returns an error if the key is empty or
// begins with "@".
func (s *Session) Delete(key string) {
	if !s.allows("delete", key, nil) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	s.life.changes.drop(key)
}

// Pop returns the value of the key as [Session.Get] does and removes the key.
// [Session.Err] returns an error if the key is empty or begins with "@".
func (s *Session) Pop(key string) any {
	if text, ok := s.pop(key); ok {
		v, _ := decodeAs[any](s, key, text)
		return v
	}
	return nil
}

// pop is one step: if two goroutines of a request pop the same key, only one
// gets the value.
func (s *Session) pop(key string) (text string, ok bool) {
	if !s.allows("pop", key, nil) {
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if text, ok = s.field(key); ok {
		s.life.changes.drop(key)
	}
	return text, ok
}

// Clear removes all keys, including those that other requests set meanwhile.
// The login stays.
func (s *Session) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	s.life.changes.dropAll()
}

// Keys returns the keys in ascending order.
func (s *Session) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look()
	keys := s.life.keys()
	for i, key := range keys {
		keys[i] = strings.Clone(key) // the store's string may share memory with a large reply
	}
	return keys
}

// decodeAs returns the value in text as a T. If it cannot, it returns false and
// [Session.Err] has the error.
func decodeAs[T any](s *Session, key, text string) (T, bool) {
	if value, ok := quickDecode[T](text); ok {
		return value, true
	}
	value := new(T)
	if !s.unmarshal(key, text, value) {
		return *new(T), false
	}
	return *value, true
}
