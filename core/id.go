package core

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// Lengths of the parts of an [ID], in characters of the base64url alphabet.
const (
	PlaceLen  = 12
	SecretLen = 32
	idLen     = PlaceLen + SecretLen
)

// secretBytes is the random part of an id: 192 bits, of which OWASP ASVS 5.0, 7.2.3 asks for 128.
const secretBytes = SecretLen / 4 * 3

// An ID names one stored session. It is a place, which the store chose and which is no secret, followed by a secret of 192
// random bits. Whoever knows an id and its signature holds the session, so an ID hides its secret from fmt, log/slog and
// encoding/json. The zero ID names no session.
type ID struct{ text string }

// ParseID returns the id that text spells: [PlaceLen] characters of place and [SecretLen] of secret, all base64url. The
// error does not repeat the text.
func ParseID(text string) (ID, error) {
	if len(text) != idLen {
		return ID{}, fmt.Errorf("session: an id has %d characters, this text has %d", idLen, len(text))
	}
	if i := strings.IndexFunc(text, notBase64URL); i >= 0 {
		return ID{}, fmt.Errorf("session: character %d of the id is not base64url", i)
	}
	return ID{strings.Clone(text)}, nil
}

// newID returns an id at the place with a secret from crypto/rand. It reads from [rand.Reader] itself, because [rand.Read]
// ends the program where a failing source can still be an error to one request.
func newID(place string) (ID, error) {
	if len(place) != PlaceLen || strings.ContainsFunc(place, notBase64URL) {
		return ID{}, fmt.Errorf("session: the store chose the place %q, which is not %d base64url characters", place, PlaceLen)
	}
	secret, err := randomText(secretBytes)
	if err != nil {
		return ID{}, err
	}
	return ID{place + secret}, nil
}

// randomText returns n random bytes as base64url text.
func randomText(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(rand.Reader, b); err != nil {
		return "", fmt.Errorf("session: random source: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func notBase64URL(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
}

// IsZero reports whether id names no session.
func (id ID) IsZero() bool { return id.text == "" }

// Place returns the part that the store chose. It is not secret, and a renewal keeps it.
func (id ID) Place() string {
	if id.IsZero() {
		return ""
	}
	return id.text[:PlaceLen]
}

// Secret returns the random part. It is for stores, which need it as the name of a record, and for nobody else: whoever
// logs it gives sessions away to the readers of the log.
func (id ID) Secret() string {
	if id.IsZero() {
		return ""
	}
	return id.text[PlaceLen:]
}

// String returns the place and a sign for the hidden secret.
func (id ID) String() string {
	if id.IsZero() {
		return "(none)"
	}
	return id.Place() + "/hidden"
}

// Format writes [ID.String] for every verb, so that no verb prints the secret.
func (id ID) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, id.String()) }
