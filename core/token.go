package core

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash"
	"sync"
)

// minSecret is the least length of a signing secret in bytes: the output of
// SHA-256, as RFC 2104, section 3 advises.
const minSecret = sha256.Size

// macLen is the length of a mac in base64url characters.
const macLen = 43

// A keyring signs ids with its first key and accepts the signatures of all its
// keys. It is safe for concurrent use.
type keyring struct {
	prefix string // signed before the id, so a token is good for one cookie name only
	keys   []*sync.Pool
}

// signer is the reusable state of one key.
type signer struct {
	hmac hash.Hash
	sum  [sha256.Size]byte
	text [macLen]byte
	msg  []byte
}

func newKeyring(cookie string, secrets ...[]byte) (*keyring, error) {
	// "=" cannot be part of a cookie's name, so no two pairs of name and id
	// give the same message.
	k := &keyring{prefix: cookie + "="}
	for i, secret := range secrets {
		if len(secret) < minSecret {
			return nil, fmt.Errorf("session: secret %d of %d has %d bytes, fewer than %d; "+
				"make one with: openssl rand -base64 32", i+1, len(secrets), len(secret), minSecret)
		}
		key := append([]byte(nil), secret...)
		k.keys = append(k.keys, &sync.Pool{
			New: func() any { return &signer{hmac: hmac.New(sha256.New, key)} },
		})
	}
	return k, nil
}

// sign returns the mac of the id in base64url.
func (k *keyring) sign(id string) string {
	s := k.keys[0].Get().(*signer)
	defer k.keys[0].Put(s)
	return string(s.mac(k.prefix, id))
}

// verify reports whether mac is the signature of the id by any of the keys. The
// time that it takes depends on neither. It compares text, not decoded bytes,
// because several texts decode to the same bytes.
func (k *keyring) verify(id, mac string) bool {
	if len(mac) != macLen {
		return false
	}
	var got [macLen]byte
	copy(got[:], mac)
	ok := 0
	for _, pool := range k.keys {
		s := pool.Get().(*signer)
		ok |= subtle.ConstantTimeCompare(s.mac(k.prefix, id), got[:])
		pool.Put(s)
	}
	return ok == 1
}

// mac returns the signature of prefix and id; it is overwritten by the next
// call.
func (s *signer) mac(prefix, id string) []byte {
	s.msg = append(append(s.msg[:0], prefix...), id...)
	s.hmac.Reset()
	s.hmac.Write(s.msg)
	s.hmac.Sum(s.sum[:0])
	base64.RawURLEncoding.Encode(s.text[:], s.sum[:])
	return s.text[:]
}
