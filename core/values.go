package core

import (
	"encoding/json"
	"errors"
	"strings"
)

// Get returns the value of the key as encoding/json decodes it into an any: nil,
// bool, float64, string, []any or map[string]any; nil if the key is not there.
// Every call decodes afresh, so the caller may change what it gets. [Key] has the
// typed form, which also keeps large integers exact.
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

// field returns the key's value in JSON, as the next save would leave it. Callers
// hold s.mu.
func (s *Session) field(key string) (string, bool) {
	s.used = true
	if text, ok, known := s.life.changed(key); known {
		return text, ok
	}
	s.look()
	return s.life.field(key)
}

// unmarshal fills v, which is a pointer, and reports whether it could. It runs
// without the lock, because the value's own UnmarshalJSON may use the session.
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

// Set gives the key a value, which encoding/json encodes at once: later changes to
// the value do not count. A value that cannot be encoded, an empty key and a key
// that begins with "@" (stores keep their own fields there) are errors that
// [Session.Err] returns.
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

// allows reports whether the key may be changed. If not, or if err is not nil, it
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

// Delete removes the key. A key that begins with "@" is an error that
// [Session.Err] returns.
func (s *Session) Delete(key string) {
	if !s.allows("delete", key, nil) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	s.life.changes.drop(key)
}

// Pop returns the value of the key as [Session.Get] does and removes it.
func (s *Session) Pop(key string) any {
	if text, ok := s.pop(key); ok {
		v, _ := decodeAs[any](s, key, text)
		return v
	}
	return nil
}

// pop is one step: of two goroutines of a request that pop a key, one gets it.
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

// Clear removes all keys, also those that other requests set meanwhile. The login
// stays.
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

// decodeAs returns the value in text as T, or false and leaves the error to [Session.Err].
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
