package core_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
)

// R48: whatever is printed, alone or within a struct, and however, has no secret in it.
func TestNothingPrintsASecret(t *testing.T) {
	signing, verifying := []byte(strings.Repeat("SiGn", 8)), []byte(strings.Repeat("VeRi", 8))
	o := core.Options{VerifySecrets: core.NewSecrets(verifying)}
	m, err := core.New(memstore.New(), signing, &o)
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		o core.Options
		p *core.Options
		m *core.Manager
		s core.Secrets
		c core.Cookie
		v *core.Session
	}
	s := m.Start(t.Context())
	var text strings.Builder
	for name, v := range map[string]any{
		"Options": o, "a pointer to Options": &o, "Manager": m, "a Manager by value": *m, "Secrets": o.VerifySecrets,
		"Cookie": o.Cookie, "Session": s, "unexported fields": holder{o, &o, m, o.VerifySecrets, o.Cookie, s},
		"a slice": []any{o, m, s}, "a map": map[string]any{"o": o, "m": m},
	} {
		text.Reset()
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&text, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&text, nil)).Info("text", "value", v)
		slog.New(slog.NewJSONHandler(&text, nil)).Info("json", "value", v)
		encoded, _ := json.Marshal(v)
		text.Write(encoded)
		for _, secret := range [][]byte{signing, verifying} {
			for _, part := range []string{
				string(secret[:4]), hex.EncodeToString(secret[:4]), strings.ToUpper(hex.EncodeToString(secret[:4])),
				base64.StdEncoding.EncodeToString(secret)[:8], strings.Trim(fmt.Sprint(secret[:4]), "[]"),
				strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", secret[:4]), "[]byte{"), "}"),
			} {
				if strings.Contains(text.String(), part) {
					t.Errorf("%s prints %q, which is of the secret %q:\n%s", name, part, secret, text.String())
				}
			}
		}
		if !bytes.Contains([]byte(text.String()), []byte("json")) {
			t.Errorf("%s was not printed", name)
		}
	}
}
