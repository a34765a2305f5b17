package backchannel

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/nethttpsession"
)

const issuer, client = "https://id.example", "the-app"

// A provider signs tokens.
type provider struct {
	*testing.T
	signer jose.Signer
	public crypto.PublicKey
}

func newProvider(t *testing.T) *provider {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &provider{t, signer, key.Public()}
}

type claims map[string]any

// sign returns a token with the claims beside those that every token has. A nil
// takes one away.
func (p *provider) sign(more claims) string {
	all := claims{
		"iss": issuer, "aud": client, "iat": time.Now().Unix(), "jti": rand.Text(),
		"exp": time.Now().Add(time.Minute).Unix(),
	}
	for name, value := range more {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		p.Fatal(err)
	}
	signed, err := p.signer.Sign(text)
	if err != nil {
		p.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		p.Fatal(err)
	}
	return token
}

// A site is the application, with one browser for each token that it logged in.
type site struct {
	*testing.T
	h http.Handler
}

func newSite(t *testing.T, p *provider) site {
	keys := &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{p.public}}
	verifier := oidc.NewVerifier(issuer, keys,
		&oidc.Config{ClientID: client, SupportedSigningAlgs: []string{oidc.ES256}})
	sessions, err := core.New(memstore.New(), []byte(strings.Repeat("k", 32)),
		&core.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		token, err := verifier.Verify(r.Context(), r.FormValue("id_token"))
		if err == nil {
			err = Login(nethttpsession.From(r), token)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	mux.HandleFunc("GET /user", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, nethttpsession.From(r).User())
	})
	mux.HandleFunc("POST /backchannel", Handler(sessions, verifier))
	return site{t, nethttpsession.Middleware(sessions)(mux)}
}

func (s site) ask(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return w.Result()
}

// login returns the cookie of a login with an ID token.
func (s site) login(token string) *http.Cookie {
	resp := s.ask(httptest.NewRequest("GET", "/callback?id_token="+token, nil))
	if resp.StatusCode != 200 || len(resp.Cookies()) != 1 {
		s.Fatalf("the login is answered %d with %d cookies", resp.StatusCode, len(resp.Cookies()))
	}
	return resp.Cookies()[0]
}

func (s site) user(cookie *http.Cookie) string {
	r := httptest.NewRequest("GET", "/user", nil)
	r.AddCookie(cookie)
	body, _ := io.ReadAll(s.ask(r).Body)
	return string(body)
}

func (s site) logout(token string) int {
	r := httptest.NewRequest("POST", "/backchannel",
		strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.ask(r).StatusCode
}

// R40: a provider that ends a login ends its session here, and no other.
func TestAProviderEndsTheSessionsOfALogin(t *testing.T) {
	p := newProvider(t)
	s := newSite(t, p)
	event := claims{logoutEvent: claims{}}
	phone := s.login(p.sign(claims{"sub": "ada", "sid": "1"}))
	laptop := s.login(p.sign(claims{"sub": "ada", "sid": "2"}))
	bob := s.login(p.sign(claims{"sub": "bob", "sid": "3"}))
	users := func() string { return s.user(phone) + " " + s.user(laptop) + " " + s.user(bob) }

	for what, c := range map[string]claims{
		"an ID token":          {"sub": "ada", "sid": "1"},
		"an ID token's nonce":  {"sub": "ada", "sid": "1", "events": event, "nonce": "n"},
		"another issuer":       {"sub": "ada", "sid": "1", "events": event, "iss": "https://other.example"},
		"another client":       {"sub": "ada", "sid": "1", "events": event, "aud": "another-app"},
		"a time that is over":  {"sub": "ada", "sid": "1", "events": event, "exp": time.Now().Add(-time.Hour).Unix()},
		"neither sid nor sub":  {"events": event},
		"events of other kind": {"sub": "ada", "sid": "1", "events": claims{"https://other.example": claims{}}},
	} {
		if status := s.logout(p.sign(c)); status != 400 || users() != "ada ada bob" {
			t.Errorf("a token with %s: %d, and the users are %q", what, status, users())
		}
	}
	if status := s.logout(newProvider(t).sign(claims{"sid": "1", "events": event})); status != 400 {
		t.Errorf("a token of somebody else's key: %d", status)
	}
	if status := s.logout(p.sign(claims{"sid": "1", "events": event})); status != 200 || users() != " ada bob" {
		t.Errorf("the end of one login: %d, and the users are %q", status, users())
	}
	if status := s.logout(p.sign(claims{"sub": "ada", "events": event})); status != 200 || users() != "  bob" {
		t.Errorf("the end of all logins of a user: %d, and the users are %q", status, users())
	}
}
