package echov5session_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/echosession/echov5session"
	"github.com/ringsession/ringsession/internal/chaintest"
	"github.com/ringsession/ringsession/internal/echotest"
)

// newEcho returns an application without a log. onError is nil for Echo's own.
func newEcho(onError func(*echo.Context, error)) echotest.App[echo.MiddlewareFunc] {
	e := echo.New()
	e.Logger = slog.New(slog.DiscardHandler)
	if onError != nil {
		e.HTTPErrorHandler = onError
	}
	return e
}

func login(c *echo.Context) error { echov5session.From(c).Login("ada"); return nil }

var version = echotest.Version[*echo.Context, echo.MiddlewareFunc]{
	New: newEcho,
	Get: func(app echotest.App[echo.MiddlewareFunc], path string, handle func(*echo.Context) error, guards ...echo.MiddlewareFunc) {
		app.(*echo.Echo).GET(path, handle, guards...)
	},
	Around: func(around func(c *echo.Context, next func(*echo.Context) error) error) echo.MiddlewareFunc {
		return func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error { return around(c, next) }
		}
	},
	Middleware:    echov5session.Middleware,
	LoginRequired: echov5session.LoginRequired,
	From:          echov5session.From,
	Writer:        func(c *echo.Context) http.ResponseWriter { return c.Response() },
	Committed: func(c *echo.Context) bool {
		r, err := echo.UnwrapResponse(c.Response())
		return err == nil && r.Committed
	},
	Status: func(err error) int {
		answer := new(echo.HTTPError)
		_ = errors.As(err, &answer)
		return answer.Code
	},
	Gzip: middleware.Gzip(), CORS: middleware.CORS("*"), RequestID: middleware.RequestID(),
	Recover: middleware.Recover(),
	BodyDump: func(into *string) echo.MiddlewareFunc {
		return middleware.BodyDump(func(_ *echo.Context, _, response []byte, _ error) { *into = string(response) })
	},
	Wrap: echo.WrapMiddleware,
}

func TestChains(t *testing.T) { echotest.Chains(t, version) }

func TestFromWithoutMiddleware(t *testing.T) {
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder())
	chaintest.WithoutMiddleware(t, "echov5session", func() { echov5session.From(c) })
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
