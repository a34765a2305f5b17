package core

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/ringsession/ringsession/core/store"
)

// Lengths of the parts of an id, in characters of the base64url alphabet.
const (
	secretLen = 32
	idLen     = store.PlaceLen + secretLen
)

// secretBytes is the random part of an id: 192 bits. OWASP ASVS 5.0, 7.2.3 asks
// for 128.
const secretBytes = secretLen / 4 * 3

// An id is what a cookie proves: the place of a session, which is not secret,
// and a secret of 192 random bits. The zero id names no session. Ids are
// compared with ==; two ids that were made from the same text are not equal.
//
// It is a pointer because of fmt. If somebody keeps a [Session] in an
// unexported field, fmt ignores its Format and prints its fields, but it does
// not follow pointers there.
type id struct{ *identity }

type identity struct {
	text [idLen]byte
	key  store.ID // what the store knows of it; zero until sealed
}

// parseID returns the id with the given text, which has the right length.
func parseID(text string) id {
	i := id{new(identity)}
	copy(i.text[:], text)
	return i
}

// newID returns an id at the place with a secret from crypto/rand. It reads
// from [rand.Reader] directly: if the source of randomness fails, [rand.Read]
// ends the program, but here it can be an error of one request.
func newID(place string) (id, error) {
	if !isPlace(place) {
		return id{}, fmt.Errorf("session: the store chose the place %q, "+
			"which is not %d base64url characters", place, store.PlaceLen)
	}
	secret, err := randomText(secretBytes)
	if err != nil {
		return id{}, err
	}
	return parseID(place + secret).sealed(), nil
}

// isPlace reports whether the text has the form of a place.
func isPlace(place string) bool {
	return len(place) == store.PlaceLen && !strings.ContainsFunc(place, notBase64URL)
}

// sealed returns the id with its key. The store gets a hash of the secret, so
// nobody who reads the store can make a cookie. It is 132 bits of SHA-256. It
// needs no salt, because a random secret cannot be guessed.
func (i id) sealed() id {
	if !i.isZero() && i.key.Place == "" {
		sum := sha256.Sum256(i.text[store.PlaceLen:])
		var text [43]byte
		base64.RawURLEncoding.Encode(text[:], sum[:])
		var both [store.PlaceLen + store.FingerprintLen]byte // one string for the two
		copy(both[copy(both[:], i.text[:store.PlaceLen]):], text[:])
		key := string(both[:])
		i.key = store.ID{Place: key[:store.PlaceLen], Fingerprint: key[store.PlaceLen:]}
	}
	return i
}

func (i id) isZero() bool { return i.identity == nil }

func (i id) place() string {
	switch {
	case i.isZero():
		return ""
	case i.key.Place != "":
		return i.key.Place
	}
	return string(i.text[:store.PlaceLen])
}

// reveal returns the text of the cookie's first part, or "". It is secret.
func (i id) reveal() string {
	if i.isZero() {
		return ""
	}
	return string(i.text[:])
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
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		r == '-' || r == '_')
}
