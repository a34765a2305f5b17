package core_test

import (
	"bytes"
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
