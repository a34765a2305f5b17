package faults

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/nethttpsession"
)

// paths are the pages of every site. The last one is guarded.
var paths = []string{"/login", "/read", "/write", "/logout", "/account"}

// A site is the same small program in one of the frameworks.
type site func(*http.Request) (*http.Response, error)

// A proof is what the store said while one request was served.
type proof struct{ user string }

type proofKey struct{}

// A witness is a store that notes in the proof of the request whom it said to be logged in.
type witness struct{ shardStore }

func (w witness) Load(ctx context.Context, id store.ID) (*store.Record, error) {
	r, err := w.shardStore.Load(ctx, id)
	if p, ok := ctx.Value(proofKey{}).(*proof); ok && err == nil {
		p.user = r.User
	}
	return r, err
}

// page is what a handler does. Only account is guarded.
func (l *lab) page(ctx context.Context, s *core.Session, path, argument string) string {
	switch path {
	case "/login":
		s.Login(argument)
	case "/write":
		s.Set("value", argument)
	case "/logout":
		s.Logout()
	case "/read":
		value, _ := s.Get("value").(string)
		return s.User() + " " + value
	case "/account":
		if p := ctx.Value(proofKey{}).(*proof); p.user == "" || p.user != s.User() {
			l.problem("a guarded handler ran without a verified session: the session says %q, the store said %q", s.User(), p.user)
		}
		return s.User()
	}
	return ""
}

func (l *lab) sites(on shardStore) ([]site, error) {
	m, err := core.New(witness{on}, bytes.Repeat([]byte("k"), 32), &core.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	return []site{l.netHTTP(m), l.gin(m), l.echo(m), l.fiber(m)}, nil
}

func serve(h http.Handler) site {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	}
}

func (l *lab) netHTTP(m *core.Manager) site {
	mux := http.NewServeMux()
	for _, path := range paths {
		var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, l.page(r.Context(), nethttpsession.From(r), path, r.URL.Query().Get("v")))
		})
		if path == "/account" {
			h = nethttpsession.LoginRequired(core.Guard{})(h)
		}
		mux.Handle(path, h)
	}
	return serve(nethttpsession.Middleware(m)(mux))
}

func (l *lab) gin(m *core.Manager) site {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(ginsession.Middleware(m))
	for _, path := range paths {
		h := func(c *gin.Context) {
			c.String(http.StatusOK, "%s", l.page(c.Request.Context(), ginsession.From(c), path, c.Query("v")))
		}
		if path == "/account" {
			r.GET(path, ginsession.LoginRequired(core.Guard{}), h)
			continue
		}
		r.GET(path, h)
	}
	return serve(r)
}

func (l *lab) echo(m *core.Manager) site {
	e := echo.New()
	e.Use(echosession.Middleware(m))
	for _, path := range paths {
		h := func(c echo.Context) error {
			return c.String(http.StatusOK, l.page(c.Request().Context(), echosession.From(c), path, c.QueryParam("v")))
		}
		if path == "/account" {
			h = echosession.LoginRequired(core.Guard{})(h)
		}
		e.GET(path, h)
	}
	return serve(e)
}

// fiber finds the request's context by a header, because app.Test does not pass it on.
func (l *lab) fiber(m *core.Manager) site {
	var contexts sync.Map // of the requests that are under way, by a name each
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(func(c *fiber.Ctx) error {
		ctx, _ := contexts.LoadAndDelete(c.Get("X-Request"))
		c.SetUserContext(ctx.(context.Context))
		return c.Next()
	}, fibersession.Middleware(m))
	for _, path := range paths {
		h := func(c *fiber.Ctx) error {
			return c.SendString(l.page(c.UserContext(), fibersession.From(c), path, c.Query("v")))
		}
		if path == "/account" {
			app.Get(path, fibersession.LoginRequired(core.Guard{}), h)
			continue
		}
		app.Get(path, h)
	}
	return func(r *http.Request) (*http.Response, error) {
		name := rand.Text()
		contexts.Store(name, r.Context())
		r.Header.Set("X-Request", name)
		return app.Test(r, -1)
	}
}
