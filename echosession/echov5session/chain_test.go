package echov5session_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/echosession/echov5session"
	"github.com/ringsession/ringsession/internal/chaintest"
)

func newEcho(outside ...echo.MiddlewareFunc) *echo.Echo {
	e := echo.New()
	e.Logger = slog.New(slog.DiscardHandler)
	e.Use(outside...)
	return e
}

func login(c *echo.Context) error { echov5session.From(c).Login("ada"); return nil }

func change(c *echo.Context) error {
	chaintest.Clicks.Set(echov5session.From(c), 1)
	c.Response().Header().Set("X-Handler", "was here")
	return c.String(http.StatusOK, "changed")
}

func committed(c *echo.Context) bool {
	r, err := echo.UnwrapResponse(c.Response())
	return err == nil && r.Committed
}

func TestFromWithoutMiddleware(t *testing.T) {
	defer func() {
		const remedy = "session: no session in this request: add echov5session.Middleware(sessions) before this handler"
		if got := recover(); got != remedy {
			t.Errorf("panic: got %v, want %q", got, remedy)
		}
	}()
	echov5session.From(newEcho().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()))
}

func TestErrorsReachTheErrorHandler(t *testing.T) {
	store := new(chaintest.Store)
	var told []error
	e := newEcho()
	e.HTTPErrorHandler = func(c *echo.Context, err error) {
		told = append(told, err)
		answer := (*echo.HTTPError)(nil)
		chaintest.Want(t, "it is an HTTPError", errors.As(err, &answer), true)
		chaintest.Want(t, "nothing has left yet", committed(c), false)
		_ = c.String(answer.Code, "sorry: "+http.StatusText(answer.Code))
	}
	e.Use(echov5session.Middleware(chaintest.Manager(store)))
	e.GET("/login", login)
	e.GET("/change", change)
	e.GET("/guarded", change, echov5session.LoginRequired(core.Guard{}))
	ada := chaintest.Get(e, "/login", nil)

	chaintest.Want(t, "nobody: page", chaintest.Get(e, "/guarded", nil).Body.String(), "sorry: Unauthorized")
	chaintest.Want(t, "nobody: it is the refusal", errors.As(errors.Join(told...), new(*adapter.Refusal)), true)
	store.Down = true
	for path, earlier := range map[string]*httptest.ResponseRecorder{"/change": nil, "/guarded": ada} {
		told = nil
		w := chaintest.Get(e, path, earlier)
		chaintest.Want(t, path+": status", w.Code, http.StatusServiceUnavailable)
		chaintest.Want(t, path+": page", w.Body.String(), "sorry: Service Unavailable")
		chaintest.Want(t, path+": errors", len(told), 1)
		chaintest.Want(t, path+": the cause is found", errors.Is(errors.Join(told...), chaintest.ErrOutage), true)
	}
}

func TestEchosOwnErrorPageKeepsTheCauseToItself(t *testing.T) {
	e := newEcho(echov5session.Middleware(chaintest.Manager(&chaintest.Store{Down: true})))
	e.GET("/", change)
	w := chaintest.Get(e, "/", nil)
	chaintest.Want(t, "status", w.Code, http.StatusServiceUnavailable)
	chaintest.Want(t, "body", strings.TrimSpace(w.Body.String()), `{"message":"`+adapter.ErrorText(http.StatusServiceUnavailable)+`"}`)
}

// H32: middleware that wraps the writer sends its 200 when the handler has
// returned, so an error page that comes later would be lost.
func TestMiddlewareThatWrapsTheWriterGoesOnEitherSide(t *testing.T) {
	dumped := ""
	for name, wrap := range map[string]echo.MiddlewareFunc{
		"gzip":            middleware.Gzip(),
		"body dump":       middleware.BodyDump(func(_ *echo.Context, _, body []byte, _ error) { dumped = string(body) }),
		"net/http's gzip": echo.WrapMiddleware(chaintest.Gzip),
		"a time limit": echo.WrapMiddleware(func(h http.Handler) http.Handler {
			return http.TimeoutHandler(h, time.Minute, "late")
		}),
	} {
		for _, place := range []string{"outside", "inside"} {
			store := new(chaintest.Store)
			chain := []echo.MiddlewareFunc{wrap, echov5session.Middleware(chaintest.Manager(store))}
			if place == "inside" {
				chain[0], chain[1] = chain[1], chain[0]
			}
			e := newEcho(chain...)
			e.GET("/", change)
			e.GET("/guarded", func(c *echo.Context) error { return c.String(http.StatusOK, "secret") },
				echov5session.LoginRequired(core.Guard{}))

			for _, row := range []struct {
				path, accept string
				down         bool
				status       int
				body         string
			}{
				{"/", "text/html", false, http.StatusOK, "changed"},
				{"/guarded", "text/html", false, http.StatusUnauthorized, adapter.ErrorText(http.StatusUnauthorized)},
				{"/guarded", "*/*", false, http.StatusUnauthorized, adapter.ErrorText(http.StatusUnauthorized)},
				{"/", "text/html", true, http.StatusServiceUnavailable, adapter.ErrorText(http.StatusServiceUnavailable)},
				{"/", "*/*", true, http.StatusServiceUnavailable, adapter.ErrorText(http.StatusServiceUnavailable)},
			} {
				what := name + " " + place + ": " + row.path + " " + row.accept
				store.Down = row.down
				request := chaintest.Request(row.path, nil, "Accept-Encoding", "gzip")
				request.Header.Set("Accept", row.accept)
				w := httptest.NewRecorder()
				e.ServeHTTP(w, request)
				chaintest.Want(t, what+": status", w.Code, row.status)
				chaintest.Want(t, what+": has a cookie", len(w.Result().Cookies()) > 0, row.body == "changed")
				chaintest.Want(t, what+": handler's header", w.Header().Get("X-Handler") != "", row.body == "changed")
				body := chaintest.Plain(t, w)
				chaintest.Want(t, what+": body "+body, strings.Count(body, row.body), 1)
				if name == "body dump" && place == "outside" {
					chaintest.Want(t, what+": the dump is what the client got", dumped, body)
				}
			}
		}
	}
}

func TestHeadersOfOuterMiddlewareSurviveAFailure(t *testing.T) {
	e := newEcho(middleware.RequestID(), middleware.CORS("*"), func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			c.SetCookie(&http.Cookie{Name: "outer", Value: "kept"})
			return next(c)
		}
	}, echov5session.Middleware(chaintest.Manager(&chaintest.Store{Down: true})))
	e.GET("/", func(c *echo.Context) error {
		c.SetCookie(&http.Cookie{Name: "inner", Value: "dropped"})
		return change(c)
	})
	w := chaintest.Get(e, "/", nil, "Origin", "https://other.example", "X-Request-Id", "42")
	chaintest.Want(t, "status", w.Code, http.StatusServiceUnavailable)
	chaintest.Want(t, "request id", w.Header().Get("X-Request-Id"), "42")
	chaintest.Want(t, "CORS", w.Header().Get("Access-Control-Allow-Origin"), "*")
	chaintest.Want(t, "cookies", strings.Join(w.Header()["Set-Cookie"], "\n"), "outer=kept")
}

func TestAPanicAfterAFailedSaveIsStillAnError(t *testing.T) {
	for _, first := range []string{"Write", "Flush"} {
		e := newEcho(middleware.Recover(), echov5session.Middleware(chaintest.Manager(&chaintest.Store{Down: true})))
		e.GET("/", func(c *echo.Context) error {
			chaintest.Clicks.Set(echov5session.From(c), 1)
			if first == "Flush" {
				c.Response().WriteHeader(http.StatusOK)
				_ = http.NewResponseController(c.Response()).Flush()
			} else {
				_ = c.String(http.StatusOK, "changed")
			}
			panic("as the test wants it")
		})
		w := chaintest.Get(e, "/", nil)
		chaintest.Want(t, first+": status", w.Code, http.StatusInternalServerError)
		chaintest.Want(t, first+": cookies", len(w.Result().Cookies()), 0)
		chaintest.Want(t, first+": body has the handler's", strings.Contains(w.Body.String(), "changed"), false)
	}
}

// What net/http's middleware outside would have sent before Echo's error handler
// runs. Outer middleware of Echo gets the error as well.
func TestTheErrorHandlersPageGoesThroughMiddlewareThatWrapsTheWriter(t *testing.T) {
	sessions := echov5session.Middleware(chaintest.Manager(new(chaintest.Store)))
	failed := errors.New("as the test wants it")
	for what, chain := range map[string][]echo.MiddlewareFunc{
		"net/http's gzip outside": {echo.WrapMiddleware(chaintest.Gzip), sessions},
		"gzip outside":            {middleware.Gzip(), sessions},
		"gzip inside":             {sessions, middleware.Gzip()},
		"net/http's inside":       {sessions, echo.WrapMiddleware(func(h http.Handler) http.Handler { return h })},
		"a buffer inside":         {sessions, echo.WrapMiddleware(chaintest.Buffer)},
		"nothing else":            {sessions},
	} {
		var seen error
		e, pages := newEcho(func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				seen = next(c)
				chaintest.Want(t, what+": the page has left", committed(c), true)
				return seen
			}
		}), 0
		e.Use(chain...)
		e.HTTPErrorHandler = func(c *echo.Context, _ error) {
			if !committed(c) {
				pages++
				chaintest.Clicks.Set(echov5session.From(c), 1)
				_ = c.String(http.StatusTeapot, "sorry")
			}
		}
		e.GET("/", func(*echo.Context) error { return failed })
		for _, path := range []string{"/", "/missing"} {
			pages = 0
			w := chaintest.Get(e, path, nil, "Accept-Encoding", "gzip")
			chaintest.Want(t, what+path+": status", w.Code, http.StatusTeapot)
			chaintest.Want(t, what+path+": cookies", len(w.Result().Cookies()), 1)
			chaintest.Want(t, what+path+": body", chaintest.Plain(t, w), "sorry")
			chaintest.Want(t, what+path+": pages", pages, 1)
			chaintest.Want(t, what+path+": the error is the handler's", errors.Is(seen, failed), path == "/")
		}
	}
}

// H38
func TestNoSpellingOfAPathLeadsPastAGuard(t *testing.T) {
	nothing := func(*echo.Context) error { return echo.ErrNotFound }
	static := func(decodes bool) func(e *echo.Echo) {
		return func(e *echo.Echo) {
			handler := echo.StaticDirectoryHandler(e.Filesystem, !decodes)
			e.GET("/*", handler)
			e.GET("/files/*", handler)
		}
	}
	for name, mount := range map[string]func(e *echo.Echo){
		"Static":              static(false),
		"Static that decodes": static(true),
		"middleware.Static": func(e *echo.Echo) {
			files := middleware.StaticWithConfig(middleware.StaticConfig{Filesystem: e.Filesystem, EnablePathUnescaping: true})
			e.GET("/*", nothing, files)
			e.GET("/files/*", nothing, files)
		},
	} {
		for option, config := range map[string]echo.RouterConfig{
			"": {}, ", UseEscapedPathForMatching": {UseEscapedPathForMatching: true},
			", UnescapePathParamValues": {UnescapePathParamValues: true},
		} {
			chaintest.Paths(t, name+option, func(folder string) http.Handler {
				e := echo.NewWithConfig(echo.Config{Router: echo.NewRouter(config)})
				e.Logger = slog.New(slog.DiscardHandler)
				e.Filesystem = echo.NewDefaultFS(folder)
				e.Use(echov5session.Middleware(chaintest.Manager(new(chaintest.Store))))
				e.GET("/login", login)
				e.GET("/item/:id", func(c *echo.Context) error { return c.String(http.StatusOK, "an item") })
				guard := echov5session.LoginRequired(core.Guard{})
				e.Group("/admin", guard).Static("/", "admin")
				e.Group("/files/admin", guard).Static("/", "admin")
				if name == "middleware.Static" { // which serves the page of a folder without a slash as well
					e.GET("/admin", nothing, guard)
					e.GET("/files/admin", nothing, guard)
				}
				mount(e)
				return e
			})
		}
	}
}
