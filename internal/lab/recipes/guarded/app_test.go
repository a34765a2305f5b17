package guarded

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/sessiontest"
)

// Gin, Echo and net/http serve a request of a test with ServeHTTP.
func TestAccount(t *testing.T) {
	sessions := sessiontest.New(t, nil)
	for name, app := range map[string]http.Handler{
		"Gin": newGin(sessions), "Echo": newEcho(sessions), "net/http": newNetHTTP(sessions),
	} {
		w := httptest.NewRecorder()
		r := sessiontest.LogIn(t, sessions, httptest.NewRequest("GET", "/account", nil), "ada")
		app.ServeHTTP(w, r)
		if got := w.Body.String(); got != "Hello ada, visit 1" {
			t.Errorf("%s: %d %q", name, w.Code, got)
		}
	}
}

// Fiber serves it with Test.
func TestAccountInFiber(t *testing.T) {
	sessions := sessiontest.New(t, nil)
	r := sessiontest.LogIn(t, sessions, httptest.NewRequest("GET", "/account", nil), "ada")
	response, err := newFiber(sessions).Test(r)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(response.Body); string(body) != "Hello ada, visit 1" {
		t.Errorf("%d %q, error %v", response.StatusCode, body, err)
	}
}

// With prepares more than a login. After finds what the handler left in the session.
func TestVisitsAreCounted(t *testing.T) {
	sessions := sessiontest.New(t, nil)
	r := httptest.NewRequest("GET", "/account", nil)
	sessiontest.With(t, sessions, r, func(s *core.Session) {
		s.LoginWith(core.Login{User: "ada", Level: 2})
		visits.Set(s, 6)
	})
	w := httptest.NewRecorder()
	newGin(sessions).ServeHTTP(w, r)
	s := sessiontest.After(t, sessions, r, w.Result())
	if n, _ := visits.Get(s); n != 7 || s.User() != "ada" {
		t.Errorf("the session has %d visits of %q", n, s.User())
	}
}

func TestAVisitorIsSentToTheLogin(t *testing.T) {
	r := httptest.NewRequest("GET", "/account", nil)
	r.Header.Set("Accept", "text/html") // a person; without it, a program that gets 401
	w := httptest.NewRecorder()
	newGin(sessiontest.New(t, nil)).ServeHTTP(w, r)
	if got := w.Header().Get("Location"); w.Code != 303 || got != "/login?next=%2Faccount" {
		t.Errorf("%d to %q", w.Code, got)
	}
}
