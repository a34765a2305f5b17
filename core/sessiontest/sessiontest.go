// Package sessiontest helps to test handlers that use a session. A request of a
// user who is logged in takes one line, and no Redis:
//
//	sessions := sessiontest.New(t, nil)
//	app := newApp(sessions) // routes and middleware as in production
//	r := sessiontest.LogIn(t, sessions, httptest.NewRequest("GET", "/account", nil), "ada")
//
// [LogInBearer] is the same for a program with a token. Both work for every
// framework, because the request only gets a header: net/http, Gin and Echo
// serve it with ServeHTTP, Fiber with App.Test. The handler meets the real
// middleware and guard. To test what an application does while Redis is down,
// give [core.New] a store of your own that fails.
//
// Those who write an adapter use core/adaptertest instead, and those who write
// a store core/storetest.
package sessiontest

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/memstore"
)

// New returns a Manager that keeps its sessions in memory and has a random
// secret. Nil options mean the defaults. Tests that need a store's clock, to
// let sessions grow old, call [core.New] with a [memstore.Store] themselves.
func New(t testing.TB, opts *core.Options) *core.Manager {
	t.Helper()
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // which never fails
	m, err := core.New(memstore.New(), secret, opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// LogIn makes the request one of a user who is logged in, and returns it. See
// [With].
func LogIn(t testing.TB, m *core.Manager, r *http.Request, user string) *http.Request {
	t.Helper()
	return With(t, m, r, func(s *core.Session) { s.Login(user) })
}

// LogInBearer makes the request one of a program whose user is logged in, and
// returns it: it has the session's token as "Authorization: Bearer". m needs
// [core.Options.Bearer].
func LogInBearer(t testing.TB, m *core.Manager, r *http.Request, user string) *http.Request {
	t.Helper()
	return With(t, m, r, func(s *core.Session) {
		s.Login(user)
		if _, err := s.Token(r.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

// With lets prepare change the session of the visitor who sends the request,
// and stores the changes. The request, which it returns, has the session's
// cookie from then on: a new one, or that of the session whose cookie it had.
// If prepare calls [core.Session.Token], or the request has a bearer token, it
// has the token instead. m is the Manager of the handler under test. A session
// that cannot be stored ends the test.
func With(
	t testing.TB, m *core.Manager, r *http.Request, prepare func(*core.Session),
) *http.Request {
	t.Helper()
	x, s := begin(t, m, r)
	prepare(s)
	h, err := x.Commit()
	if err != nil {
		t.Fatal(err)
	}
	x.Finish()
	keep(r, h.SetCookie, h.Token)
	return r
}

// After returns the session of the visitor who sent the request and got the
// response, to look at what the handler left in it. The response's body need
// not have been read. A visitor without a session has an empty one.
func After(t testing.TB, m *core.Manager, r *http.Request, response *http.Response) *core.Session {
	t.Helper()
	after := &http.Request{Header: r.Header.Clone()}
	keep(after, response.Header.Values("Set-Cookie"), response.Header.Get(adapter.TokenHeader))
	x, s := begin(t, m, after.WithContext(r.Context()))
	x.Missed() // No response follows, so what needs a cookie comes too late.
	if err := s.Load(r.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// begin begins a visit with the request's cookies and token. It is not r
// itself, which may be an unsafe request of another origin.
func begin(t testing.TB, m *core.Manager, r *http.Request) (adapter.Exchange, *core.Session) {
	t.Helper()
	visit := &http.Request{Method: http.MethodGet, Host: r.Host, Header: r.Header}
	x, err := m.Begin(r.Context(), adapter.NewRequest(visit))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := m.FromContext(x.Context(r.Context()))
	return x, s
}

// keep does to the request's cookies what a browser does with those of a
// response, and to its token what a program does.
func keep(r *http.Request, lines []string, token string) {
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	cookies := r.Cookies()
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			continue // as a browser does
		}
		kept := cookies[:0]
		for _, other := range cookies {
			if other.Name != c.Name {
				kept = append(kept, other)
			}
		}
		if cookies = kept; c.MaxAge >= 0 {
			cookies = append(cookies, c)
		}
	}
	pairs := make([]string, len(cookies))
	for i, c := range cookies {
		pairs[i] = (&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted}).String()
	}
	if r.Header.Del("Cookie"); len(pairs) > 0 {
		r.Header.Set("Cookie", strings.Join(pairs, "; "))
	}
}
