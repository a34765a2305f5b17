package core

// A Key names a value of type T in a session, so that the compiler checks every use:
//
//	const theme core.Key[string] = "theme"
//
// Values are stored as encoding/json encodes them. Of two requests that set a key at
// the same time, the last one wins: [Counter] and [List] are for what all of them
// change.
type Key[T any] string

// Get returns the value. If the key is not there, ok is false; if its value does not decode into a T, ok is false and
// [Session.Err] names the key.
func (k Key[T]) Get(s *Session) (value T, ok bool) {
	text, ok := s.text(string(k))
	if !ok {
		return value, false
	}
	return decodeAs[T](s, string(k), text)
}

// Set gives the key a value, as [Session.Set] does.
func (k Key[T]) Set(s *Session, value T) { s.Set(string(k), value) }

// Delete removes the key.
func (k Key[T]) Delete(s *Session) { s.Delete(string(k)) }

// Pop returns the value as [Key.Get] does and removes the key, whether its value decodes or not.
func (k Key[T]) Pop(s *Session) (value T, ok bool) {
	text, ok := s.pop(string(k))
	if !ok {
		return value, false
	}
	return decodeAs[T](s, string(k), text)
}
