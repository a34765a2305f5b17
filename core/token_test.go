package core_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
)

func manager(t testing.TB, secret []byte, o core.Options) *core.Manager {
	t.Helper()
	m, err := core.New(memstore.New(), secret, &o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newToken(t testing.TB, m *core.Manager) (id, mac string) {
	t.Helper()
	id, mac, err := m.NewToken(place)
	if err != nil {
		t.Fatal(err)
	}
	return id, mac
}

// The mac is HMAC-SHA-256 (RFC 2104) over cookie name, "=" and id, in base64url without padding (RFC 4648, section 5).
func TestTheMACIsHMACSHA256OverNameAndID(t *testing.T) {
	m := manager(t, secret, core.Options{})
	id, mac := newToken(t, m)
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("__Host-session=" + id))
	if want := base64.RawURLEncoding.EncodeToString(h.Sum(nil)); mac != want {
		t.Errorf("mac of %q is %q, want %q", id, mac, want)
	}
}

// R2: every bit of a token counts.
func TestATokenWithAnyBitFlippedDoesNotVerify(t *testing.T) {
	m := manager(t, secret, core.Options{})
	id, mac := newToken(t, m)
	token := id + "." + mac
	if got, _, _ := m.Credentials([]string{"__Host-session=" + token}); got != id {
		t.Fatalf("the token itself gives %q, want %q", got, id)
	}
	for i := range len(token) * 8 {
		flipped := []byte(token)
		flipped[i/8] ^= 1 << (i % 8)
		got, present, reason := m.Credentials([]string{"__Host-session=" + string(flipped)})
		if got != "" || !present || reason == "" {
			t.Fatalf("bit %d flipped: id %q, present %v, reason %q", i, got, present, reason)
		}
	}
}

// A token of one cookie is no token of another, though the secret is the same.
func TestATokenIsGoodForOneCookieNameOnly(t *testing.T) {
	user := manager(t, secret, core.Options{Cookie: core.Cookie{Name: "__Host-user"}})
	admin := manager(t, secret, core.Options{Cookie: core.Cookie{Name: "__Host-admin"}})
	id, mac := newToken(t, user)
	if got, _, _ := admin.Credentials([]string{"__Host-admin=" + id + "." + mac}); got != "" {
		t.Errorf("the admin cookie took the token of the user cookie")
	}
}

// R32, P10: verify the coming secret, sign with it, retire the old one; at each step processes are one step apart.
func TestSecretsRotateWithoutALogout(t *testing.T) {
	old, coming := bytes.Repeat([]byte("o"), 32), bytes.Repeat([]byte("c"), 32)
	steps := []*core.Manager{
		manager(t, old, core.Options{}),
		manager(t, old, core.Options{VerifySecrets: core.NewSecrets(coming)}),
		manager(t, coming, core.Options{VerifySecrets: core.NewSecrets(old)}),
		manager(t, coming, core.Options{}),
	}
	for i, signer := range steps {
		id, mac := newToken(t, signer)
		for j, verifier := range steps {
			got, _, _ := verifier.Credentials([]string{"__Host-session=" + id + "." + mac})
			switch apart := max(i-j, j-i); {
			case apart <= 1 && got != id:
				t.Errorf("a cookie signed in step %d is rejected in step %d", i, j)
			case apart == 3 && got != "":
				t.Errorf("a cookie signed in step %d verifies in step %d, where its secret is retired", i, j)
			}
		}
	}
}

func TestASecretOfFewerThan32BytesIsRefused(t *testing.T) {
	for _, test := range []struct {
		secret []byte
		verify [][]byte
		want   string
	}{
		{nil, nil, "secret 1 of 1 has 0 bytes"},
		{secret[:31], nil, "secret 1 of 1 has 31 bytes"},
		{secret, [][]byte{secret, secret[:5]}, "secret 3 of 3 has 5 bytes"},
	} {
		_, err := core.New(memstore.New(), test.secret, &core.Options{VerifySecrets: core.NewSecrets(test.verify...)})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("New: error %v, want %q", err, test.want)
		}
	}
}

// The signers are pooled: what one goroutine signs must not show in another's mac.
func TestSigningIsSafeForConcurrentUse(t *testing.T) {
	m := manager(t, secret, core.Options{VerifySecrets: core.NewSecrets(bytes.Repeat([]byte("2"), 40))})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 300 {
				id, mac := newToken(t, m)
				if got, _, _ := m.Credentials([]string{"__Host-session=" + id + "." + mac}); got != id {
					t.Errorf("a fresh token does not verify")
				}
			}
		})
	}
	wg.Wait()
}

func TestNewKeepsItsOwnCopyOfTheSecret(t *testing.T) {
	mine := bytes.Clone(secret)
	m := manager(t, mine, core.Options{})
	clear(mine)
	id, mac := newToken(t, m)
	if got, _, _ := manager(t, secret, core.Options{}).Credentials([]string{"__Host-session=" + id + "." + mac}); got != id {
		t.Error("clearing the caller's slice changed the secret")
	}
}
