package core_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/nethttpsession"
)

// A mobile app gets its token in the body of the login's answer, and sends it in a
// header from then on. Browsers of the same Manager keep their cookies.
func ExampleSession_Token() {
	sessions, _ := core.New(memstore.New(), secret, &core.Options{Bearer: true})

	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/login", func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		s.Login("ada") // after the password was right
		token, err := s.Token(r.Context())
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"access_token": token, "token_type": "Bearer"})
	})
	mux.HandleFunc("POST /api/logout", func(_ http.ResponseWriter, r *http.Request) { nethttpsession.From(r).Logout() })
	guard := nethttpsession.LoginRequired(core.Guard{})
	mux.Handle("GET /api/me", guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello %s", nethttpsession.From(r).User())
	})))
	server := httptest.NewServer(nethttpsession.Middleware(sessions)(mux))
	defer server.Close()

	app := &http.Client{Transport: &withToken{next: server.Client().Transport, origin: server.URL}}
	ask := func(method, path string) {
		r, _ := http.NewRequest(method, server.URL+path, nil)
		answer, err := app.Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer func() { _ = answer.Body.Close() }()
		fmt.Printf("%d %s %q\n", answer.StatusCode, path, answer.Header.Get("WWW-Authenticate"))
	}
	ask("GET", "/api/me")
	ask("POST", "/api/login")
	ask("GET", "/api/me")
	ask("POST", "/api/logout")
	ask("GET", "/api/me")
	// Output:
	// 401 /api/me "Bearer realm=\"session\""
	// 200 /api/login ""
	// 200 /api/me ""
	// 200 /api/logout ""
	// 401 /api/me "Bearer realm=\"session\", error=\"invalid_token\""
}

// withToken sends the latest token that a response had, to one server.
type withToken struct {
	next   http.RoundTripper
	origin string // as in "https://app.example"
	mu     sync.Mutex
	token  string
}

func (t *withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme+"://"+r.URL.Host != t.origin {
		return t.next.RoundTrip(r) // without the token: a redirect may lead anywhere
	}
	t.mu.Lock()
	if t.token != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+t.token)
	}
	t.mu.Unlock()
	answer, err := t.next.RoundTrip(r)
	if err == nil && answer.Header.Get(adapter.TokenHeader) != "" {
		t.mu.Lock()
		t.token = answer.Header.Get(adapter.TokenHeader)
		t.mu.Unlock()
	}
	return answer, err
}
