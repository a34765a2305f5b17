package echosession_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/internal/chaintest"
	"github.com/ringsession/ringsession/internal/echotest"
)

// newEcho returns an application without a log. onError is nil for Echo's own.
func newEcho(onError func(echo.Context, error)) echotest.App[echo.MiddlewareFunc] {
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	if onError != nil {
		e.HTTPErrorHandler = func(err error, c echo.Context) { onError(c, err) }
	}
	return e
}

func login(c echo.Context) error { echosession.From(c).Login("ada"); return nil }

var version = echotest.Version[echo.Context, echo.MiddlewareFunc]{
	New: newEcho,
	Get: func(app echotest.App[echo.MiddlewareFunc], path string, handle func(echo.Context) error, guards ...echo.MiddlewareFunc) {
		app.(*echo.Echo).GET(path, handle, guards...)
	},
	Around: func(around func(c echo.Context, next func(echo.Context) error) error) echo.MiddlewareFunc {
		return func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error { return around(c, next) }
		}
	},
	Middleware:    echosession.Middleware,
	LoginRequired: echosession.LoginRequired,
	From:          echosession.From,
	Writer:        func(c echo.Context) http.ResponseWriter { return c.Response() },
	Committed:     func(c echo.Context) bool { return c.Response().Committed },
	Status: func(err error) int {
		answer := new(echo.HTTPError)
		_ = errors.As(err, &answer)
		return answer.Code
	},
	Gzip: middleware.Gzip(), CORS: middleware.CORS(), RequestID: middleware.RequestID(),
	Recover: middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true}),
	BodyDump: func(into *string) echo.MiddlewareFunc {
		return middleware.BodyDump(func(_ echo.Context, _, response []byte) { *into = string(response) })
	},
	Wrap: echo.WrapMiddleware,
}

func TestChains(t *testing.T) { echotest.Chains(t, version) }

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
			e := echo.New()
			e.Use(echosession.Middleware(chaintest.Manager(new(chaintest.Store))))
			e.GET("/login", login)
			e.GET("/item/:id", func(c echo.Context) error { return c.String(http.StatusOK, "an item") })
			mount(e, folder)
			return e
		})
	}
}
