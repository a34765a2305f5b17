package core

// A Key names a value of type T in a session. The compiler checks the type of
// every use:
//
//	const theme core.Key[string] = "theme"
//
// Values are stored as encoding/json encodes them. If two requests set a key at
// the same time, the last one wins. For values that all of them change, use
// [Counter] and [List].
type Key[T any] string

// Get returns the value. ok is false if the key is not there, or if its value
// does not decode into a T. In the second case [Session.Err] names the key.
func (k Key[T]) Get(s *Session) (value T, ok bool) {
	text, ok := s.text(string(k))
	if !ok {
		return value, false
	}
	return decodeAs[T](s, string(k), text)
}

// Set sets the key to a value, as [Session.Set] does.
func (k Key[T]) Set(s *Session, value T) { s.Set(string(k), value) }

// Delete removes the key.
func (k Key[T]) Delete(s *Session) { s.Delete(string(k)) }

// Pop returns the value as [Key.Get] does and removes the key, even if its
// value does not decode.
func (k Key[T]) Pop(s *Session) (value T, ok bool) {
	text, ok := s.pop(string(k))
	if !ok {
		return value, false
	}
	return decodeAs[T](s, string(k), text)
}
