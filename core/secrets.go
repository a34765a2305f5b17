package core

// Secrets are keys that nothing prints: not fmt with any verb, not slog, not
// JSON, not even from an unexported field of a struct. The zero value holds no
// key.
type Secrets struct {
	// Printing by reflection follows pointers, for verbs such as %s, but it
	// cannot look into a function.
	keys func() [][]byte
}

// NewSecrets returns the keys as Secrets. It does not copy them.
func NewSecrets(keys ...[]byte) Secrets { return Secrets{func() [][]byte { return keys }} }

func (s Secrets) all() [][]byte {
	if s.keys == nil {
		return nil
	}
	return s.keys()
}
