package sessiontest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/sessiontest"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/nethttpsession"
)

const note = core.Key[string]("note")

var guard = core.Guard{LoginURL: "/login"}

// greet is the handler under test.
func greet(s *core.Session) string {
	last, _ := note.Get(s)
	note.Set(s, "greeted")
	return fmt.Sprintf("%s at level %d, note %q", s.User(), s.Level(), last)
}

// frameworks serve POST /greet behind a login.
var frameworks = map[string]func(t *testing.T, m *core.Manager) func(*http.Request) *http.Response{
	"net/http": func(_ *testing.T, m *core.Manager) func(*http.Request) *http.Response {
		mux := http.NewServeMux()
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, greet(nethttpsession.From(r)))
		})
		mux.Handle("POST /greet", nethttpsession.LoginRequired(guard)(handler))
		return serve(nethttpsession.Middleware(m)(mux))
	},
	"Gin": func(_ *testing.T, m *core.Manager) func(*http.Request) *http.Response {
		gin.SetMode(gin.TestMode)
		r := gin.New()
		r.Use(ginsession.Middleware(m))
		r.POST("/greet", ginsession.LoginRequired(guard), func(c *gin.Context) {
			c.String(http.StatusOK, "%s", greet(ginsession.From(c)))
		})
		return serve(r)
	},
	"Echo": func(_ *testing.T, m *core.Manager) func(*http.Request) *http.Response {
		e := echo.New()
		e.Use(echosession.Middleware(m))
		e.POST("/greet", func(c echo.Context) error {
			return c.String(http.StatusOK, greet(echosession.From(c)))
		}, echosession.LoginRequired(guard))
		return serve(e)
	},
	"Fiber": func(t *testing.T, m *core.Manager) func(*http.Request) *http.Response {
		app := fiber.New()
		app.Use(fibersession.Middleware(m))
		app.Post("/greet", fibersession.LoginRequired(guard), func(c *fiber.Ctx) error {
			return c.SendString(greet(fibersession.From(c)))
		})
		return func(r *http.Request) *http.Response {
			response, err := app.Test(r, -1)
			if err != nil {
				t.Fatal(err)
			}
			return response
		}
	},
}

func serve(h http.Handler) func(*http.Request) *http.Response {
	return func(r *http.Request) *http.Response {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
}

func body(t *testing.T, response *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryFrameworkMeetsTheSession(t *testing.T) {
	for name, start := range frameworks {
		for kind, opts := range map[string]*core.Options{
			"one cookie":  nil,
			"two cookies": {Cookie: core.Cookie{MACName: "__Host-mac"}},
			"a token":     {Bearer: true},
		} {
			t.Run(name+", "+kind, func(t *testing.T) {
				m := sessiontest.New(t, opts)
				do := start(t, m)
				request := func() *http.Request { return httptest.NewRequest(http.MethodPost, "/greet", nil) }

				if got := do(request()).StatusCode; got != http.StatusUnauthorized {
					t.Errorf("a visitor got %d, want 401", got)
				}
				logIn, bearer := sessiontest.LogIn, kind == "a token"
				if bearer {
					logIn = sessiontest.LogInBearer
				}
				r := logIn(t, m, request(), "ada")
				r.AddCookie(&http.Cookie{Name: "other", Value: "stays"})
				sessiontest.With(t, m, r, func(s *core.Session) { note.Set(s, "hello"); s.Confirm(2) })
				if got := r.Header.Get("Cookie"); !strings.Contains(got, "other=stays") || bearer != (got == "other=stays") {
					t.Errorf("the request has the cookies %q", got)
				}
				response := do(r)
				if got, want := body(t, response), `ada at level 2, note "hello"`; got != want {
					t.Errorf("the handler said %s, want %s", got, want)
				}
				after := sessiontest.After(t, m, r, response)
				if got, _ := note.Get(after); got != "greeted" || after.User() != "ada" {
					t.Errorf("the session has the note %q of %q", got, after.User())
				}
			})
		}
	}
}

// A login within the handler changes the id, and a logout takes the cookie away:
// After follows both.
func TestAfterFollowsTheCookie(t *testing.T) {
	m := sessiontest.New(t, &core.Options{OnEvent: func(_ context.Context, e core.Event) {
		if e.Kind == core.EventRejected {
			t.Errorf("a cookie was rejected: %s", e.Reason)
		}
	}})
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).LoginWith(core.Login{User: "ada", Level: 2})
	})
	mux.HandleFunc("POST /logout", func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Logout()
	})
	do := serve(nethttpsession.Middleware(m)(mux))

	r := sessiontest.With(t, m, httptest.NewRequest(http.MethodPost, "/login", nil),
		func(s *core.Session) { note.Set(s, "of a guest") })
	s := sessiontest.After(t, m, r, do(r))
	if got, _ := note.Get(s); s.User() != "ada" || s.Level() != 2 || got != "of a guest" {
		t.Errorf("after the login: user %q, level %d, note %q", s.User(), s.Level(), got)
	}
	r = sessiontest.LogIn(t, m, httptest.NewRequest(http.MethodPost, "/logout", nil), "ada")
	if s := sessiontest.After(t, m, r, do(r)); s.User() != "" || !s.IsNew() {
		t.Errorf("after the logout the session is still that of %q", s.User())
	}
}

// The token of a program is followed like a browser's cookie.
func TestAfterFollowsTheToken(t *testing.T) {
	m := sessiontest.New(t, &core.Options{Bearer: true})
	do := serve(nethttpsession.Middleware(m)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Login("bob")
	})))
	r := sessiontest.LogInBearer(t, m, httptest.NewRequest(http.MethodPost, "/", nil), "ada")
	if got := sessiontest.After(t, m, r, do(r)).User(); got != "bob" {
		t.Errorf("after another login the user is %q", got)
	}
}

// An unsafe request of another origin can be prepared: the handler refuses it.
func TestWithPreparesARequestOfAnotherOrigin(t *testing.T) {
	m := sessiontest.New(t, nil)
	r := httptest.NewRequest(http.MethodPost, "/greet", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	sessiontest.LogIn(t, m, r, "ada")
	if got := frameworks["net/http"](t, m)(r).StatusCode; got != http.StatusForbidden {
		t.Errorf("got %d, want 403", got)
	}
}

// recorder is a test that can fail without ending ours.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Helper() {}
func (r *recorder) Fatal(args ...any) {
	r.said = fmt.Sprint(args...)
	runtime.Goexit()
}

func TestMistakesEndTheTest(t *testing.T) {
	m := sessiontest.New(t, nil)
	get := func() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }
	for name, test := range map[string]struct {
		want string
		run  func(t testing.TB)
	}{
		"wrong options": {"MaxSessions", func(t testing.TB) {
			sessiontest.New(t, &core.Options{MaxSessions: -1})
		}},
		"a token without the option": {"Options.Bearer is not set", func(t testing.TB) { sessiontest.LogInBearer(t, m, get(), "ada") }},
		"a user without a name":      {"the user is empty", func(t testing.TB) { sessiontest.LogIn(t, m, get(), "") }},
		"a value that cannot be encoded": {"session: set", func(t testing.TB) {
			sessiontest.With(t, m, get(), func(s *core.Session) { s.Set("f", func() {}) })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{TB: t}
			done := make(chan struct{})
			go func() {
				defer close(done)
				test.run(r)
			}()
			if <-done; !strings.Contains(r.said, test.want) {
				t.Errorf("the test ended with %q, want %q", r.said, test.want)
			}
		})
	}
}
