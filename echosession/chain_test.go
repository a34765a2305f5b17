package echosession_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/internal/chaintest"
)

func newEcho(outside ...echo.MiddlewareFunc) *echo.Echo {
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	e.Use(outside...)
	return e
}

func login(c echo.Context) error { echosession.From(c).Login("ada"); return nil }

func change(c echo.Context) error {
	chaintest.Clicks.Set(echosession.From(c), 1)
	c.Response().Header().Set("X-Handler", "was here")
	return c.String(http.StatusOK, "changed")
}

func TestErrorsReachTheErrorHandler(t *testing.T) {
	store := new(chaintest.Store)
	var told []error
	e := newEcho()
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		told = append(told, err)
		answer := (*echo.HTTPError)(nil)
		chaintest.Want(t, "it is an HTTPError", errors.As(err, &answer), true)
		chaintest.Want(t, "nothing has left yet", c.Response().Committed, false)
		_ = c.String(answer.Code, "sorry: "+http.StatusText(answer.Code))
	}
	e.Use(echosession.Middleware(chaintest.Manager(store)))
	e.GET("/login", login)
	e.GET("/change", change)
	e.GET("/guarded", change, echosession.LoginRequired(core.Guard{}))
	ada := chaintest.Get(e, "/login", nil)

	chaintest.Want(t, "nobody: page", chaintest.Get(e, "/guarded", nil).Body.String(), "sorry: Unauthorized")
	refusal := (*adapter.Refusal)(nil)
	chaintest.Want(t, "nobody: it is the refusal", errors.As(errors.Join(told...), &refusal), true)
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
	e := newEcho(echosession.Middleware(chaintest.Manager(&chaintest.Store{Down: true})))
	e.GET("/", change)
	w := chaintest.Get(e, "/", nil)
	chaintest.Want(t, "status", w.Code, http.StatusServiceUnavailable)
	chaintest.Want(t, "body", strings.TrimSpace(w.Body.String()), `{"message":"`+adapter.ErrorText(http.StatusServiceUnavailable)+`"}`)
}

func TestMiddlewareThatWrapsTheWriterGoesOnEitherSide(t *testing.T) {
	for name, wrap := range map[string]func(*string) echo.MiddlewareFunc{
		"gzip":      func(*string) echo.MiddlewareFunc { return middleware.Gzip() },
		"body dump": dump,
		// Those of net/http give the handler another response.
		"net/http's gzip": func(*string) echo.MiddlewareFunc { return echo.WrapMiddleware(chaintest.Gzip) },
		"a time limit": func(*string) echo.MiddlewareFunc {
			return echo.WrapMiddleware(func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Minute, "late") })
		},
	} {
		for _, place := range []string{"outside", "inside"} {
			store, dumped := new(chaintest.Store), ""
			sessions := echosession.Middleware(chaintest.Manager(store))
			e := newEcho()
			if place == "outside" {
				e.Use(wrap(&dumped), sessions)
			} else {
				e.Use(sessions, wrap(&dumped))
			}
			e.GET("/", change)
			what := name + " " + place
			w := chaintest.Get(e, "/", nil, "Accept-Encoding", "gzip")
			chaintest.Want(t, what+": status", w.Code, http.StatusOK)
			chaintest.Want(t, what+": cookies", len(w.Result().Cookies()), 1)
			chaintest.Want(t, what+": body", chaintest.Plain(t, w), "changed")

			store.Down = true
			w = chaintest.Get(e, "/", nil, "Accept-Encoding", "gzip")
			chaintest.Want(t, what+", no save: status", w.Code, http.StatusServiceUnavailable)
			chaintest.Want(t, what+", no save: cookies", len(w.Result().Cookies()), 0)
			chaintest.Want(t, what+", no save: handler's header", w.Header().Get("X-Handler"), "")
			body := chaintest.Plain(t, w)
			chaintest.Want(t, what+", no save: body is the page", strings.Contains(body, adapter.ErrorText(http.StatusServiceUnavailable)), true)
			chaintest.Want(t, what+", no save: body has the handler's", strings.Contains(body, "changed"), false)
			if what == "body dump outside" {
				chaintest.Want(t, "the dump is what the client got", dumped, body)
			}
		}
	}
}

func dump(into *string) echo.MiddlewareFunc {
	return middleware.BodyDump(func(_ echo.Context, _, response []byte) { *into = string(response) })
}

func TestHeadersOfOuterMiddlewareSurviveAFailure(t *testing.T) {
	e := newEcho(middleware.RequestID(), middleware.CORS(), func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.SetCookie(&http.Cookie{Name: "outer", Value: "kept"})
			return next(c)
		}
	}, echosession.Middleware(chaintest.Manager(&chaintest.Store{Down: true})))
	e.GET("/", func(c echo.Context) error {
		c.SetCookie(&http.Cookie{Name: "inner", Value: "dropped"})
		return change(c)
	})
	w := chaintest.Get(e, "/", nil, "Origin", "https://other.example", "X-Request-Id", "42")
	chaintest.Want(t, "status", w.Code, http.StatusServiceUnavailable)
	chaintest.Want(t, "request id", w.Header().Get("X-Request-Id"), "42")
	chaintest.Want(t, "CORS", w.Header().Get("Access-Control-Allow-Origin"), "*")
	chaintest.Want(t, "cookies", strings.Join(w.Header()["Set-Cookie"], "\n"), "outer=kept")
	chaintest.Want(t, "Vary", strings.Join(w.Header()["Vary"], ", "), "Origin, Cookie")
}

func TestAPanicAfterAFailedSaveIsStillAnError(t *testing.T) {
	for _, first := range []string{"Write", "Flush"} {
		e := newEcho(middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true}),
			echosession.Middleware(chaintest.Manager(&chaintest.Store{Down: true})))
		e.GET("/", func(c echo.Context) error {
			chaintest.Clicks.Set(echosession.From(c), 1)
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

func TestOuterMiddlewareSeesTheErrorThatTheErrorHandlerAnswered(t *testing.T) {
	failed := errors.New("as the test wants it")
	var seen error
	pages := 0
	e := newEcho(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			seen = next(c)
			chaintest.Want(t, "the page has left", c.Response().Committed, true)
			return seen
		}
	}, echosession.Middleware(chaintest.Manager(new(chaintest.Store))))
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if !c.Response().Committed {
			pages++
			chaintest.Clicks.Set(echosession.From(c), 1)
			_ = c.String(http.StatusTeapot, "sorry")
		}
	}
	e.GET("/", func(echo.Context) error { return failed })
	for _, path := range []string{"/", "/missing"} {
		pages = 0
		w := chaintest.Get(e, path, nil)
		chaintest.Want(t, path+": status", w.Code, http.StatusTeapot)
		chaintest.Want(t, path+": body", w.Body.String(), "sorry")
		chaintest.Want(t, path+": cookies", len(w.Result().Cookies()), 1)
		chaintest.Want(t, path+": pages", pages, 1)
		chaintest.Want(t, path+": the error is the handler's", errors.Is(seen, failed), path == "/")
	}
}

// What net/http's middleware outside would have sent before Echo's error handler runs.
func TestTheErrorHandlersPageGoesThroughMiddlewareThatWrapsTheWriter(t *testing.T) {
	sessions := echosession.Middleware(chaintest.Manager(new(chaintest.Store)))
	for what, chain := range map[string][]echo.MiddlewareFunc{
		"net/http's gzip outside": {echo.WrapMiddleware(chaintest.Gzip), sessions},
		"gzip outside":            {middleware.Gzip(), sessions},
		"gzip inside":             {sessions, middleware.Gzip()},
		"net/http's inside":       {sessions, echo.WrapMiddleware(func(h http.Handler) http.Handler { return h })},
		"a buffer inside":         {sessions, echo.WrapMiddleware(chaintest.Buffer)},
	} {
		e, pages := newEcho(chain...), 0
		e.HTTPErrorHandler = func(_ error, c echo.Context) {
			if !c.Response().Committed {
				pages++
				chaintest.Clicks.Set(echosession.From(c), 1)
				_ = c.String(http.StatusTeapot, "sorry")
			}
		}
		e.GET("/", func(echo.Context) error { return errors.New("as the test wants it") })
		w := chaintest.Get(e, "/", nil, "Accept-Encoding", "gzip")
		chaintest.Want(t, what+": status", w.Code, http.StatusTeapot)
		chaintest.Want(t, what+": cookies", len(w.Result().Cookies()), 1)
		chaintest.Want(t, what+": body", chaintest.Plain(t, w), "sorry")
		chaintest.Want(t, what+": pages", pages, 1)
	}
}

// H38
func TestNoSpellingOfAPathLeadsPastAGuard(t *testing.T) {
	nothing := func(echo.Context) error { return echo.ErrNotFound }
	guarded := func(e *echo.Echo, folder string) {
		guard := echosession.LoginRequired(core.Guard{})
		e.Group("/admin", guard).Static("/", filepath.Join(folder, "admin"))
		e.Group("/files/admin", guard).Static("/", filepath.Join(folder, "admin"))
	}
	for name, mount := range map[string]func(e *echo.Echo, folder string){
		"Static": func(e *echo.Echo, folder string) {
			guarded(e, folder)
			e.Static("/", folder)
			e.Static("/files", folder)
		},
		"a host's": func(e *echo.Echo, folder string) {
			guarded(e, folder)
			e.Static("/", folder)
			e.Static("/files", folder)
			e.Host("another.example").GET("/admin/*", nothing)
		},
		"middleware.Static": func(e *echo.Echo, folder string) {
			guarded(e, folder)
			e.GET("/*", nothing, middleware.Static(folder))
			e.GET("/files/*", nothing, middleware.Static(folder))
		},
		"File": func(e *echo.Echo, folder string) {
			guarded(e, folder)
			file := func(c echo.Context) error {
				name, err := url.PathUnescape(c.Param("*"))
				if err != nil {
					return err
				}
				return c.File(filepath.Join(folder, name))
			}
			e.GET("/*", file)
			e.GET("/files/*", file)
		},
	} {
		chaintest.Paths(t, name, func(folder string) http.Handler {
			e := newEcho(echosession.Middleware(chaintest.Manager(new(chaintest.Store))))
			e.GET("/login", login)
			e.GET("/item/:id", func(c echo.Context) error { return c.String(http.StatusOK, "an item") })
			mount(e, folder)
			return e
		})
	}
}
