package echosession_test

import (
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adaptertest"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/internal/chaintest"
)

func TestScenarios(t *testing.T) {
	adaptertest.Run(t, adaptertest.Framework{
		Name: "Echo",
		Serve: func(t testing.TB, ln net.Listener, app adaptertest.App) {
			adaptertest.Serve(t, ln, mount(app))
		},
	})
}

func TestFromWithoutMiddleware(t *testing.T) {
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder())
	chaintest.WithoutMiddleware(t, "echosession", func() { echosession.From(c) })
}

func mount(app adaptertest.App) *echo.Echo {
	var onError func(echo.Context, error)
	if app.ErrorPage != nil || app.OnError != nil {
		onError = errorPage(app)
	}
	e := newEcho(onError).(*echo.Echo)
	e.Use(version.Recover, version.Around(func(c echo.Context, next func(echo.Context) error) error {
		for name, values := range app.OuterHeader {
			c.Response().Header()[name] = append([]string(nil), values...)
		}
		before := c.Response().Writer
		err := next(c)
		if c.Response().Writer != before {
			panic("the writer was not restored")
		}
		return err
	}), echosession.Middleware(app.Manager))
	if app.Between != nil {
		e.Use(version.Around(func(c echo.Context, next func(echo.Context) error) error {
			app.Between(exchange{c})
			return next(c)
		}), echosession.Middleware(app.Manager))
	}
	if app.Inside != nil {
		e.Use(echo.WrapMiddleware(app.Inside))
	}
	for _, route := range app.Routes {
		var guards []echo.MiddlewareFunc
		if route.Guard != nil {
			guards = append(guards, echosession.LoginRequired(*route.Guard))
		}
		e.Add(route.Method, route.Path, handler(route), guards...)
	}
	return e
}

func errorPage(app adaptertest.App) func(echo.Context, error) {
	return func(c echo.Context, err error) {
		if c.Response().Committed {
			return
		}
		if app.OnError != nil {
			app.OnError(exchange{c}, err)
		}
		status, page := cmp.Or(version.Status(err), http.StatusInternalServerError), ""
		if app.ErrorPage != nil {
			page = app.ErrorPage(status)
		}
		_ = c.String(status, page)
	}
}

func handler(route adaptertest.Route) echo.HandlerFunc {
	return func(c echo.Context) error {
		if route.Raw != nil {
			route.Raw(c.Response().Writer, c.Request())
			return nil
		}
		return route.Handle(exchange{c})
	}
}

type exchange struct{ c echo.Context }

func (x exchange) Session() *core.Session       { return echosession.From(x.c) }
func (x exchange) Context() context.Context     { return x.c.Request().Context() }
func (x exchange) Query(name string) string     { return x.c.QueryParam(name) }
func (x exchange) SetHeader(name, value string) { x.c.Response().Header().Set(name, value) }
func (x exchange) AddHeader(name, value string) { x.c.Response().Header().Add(name, value) }

func (x exchange) Text(status int, body string) error {
	if body == "" {
		return x.c.NoContent(status)
	}
	return x.c.String(status, body)
}

func (x exchange) Redirect(status int, location string) error {
	return x.c.Redirect(status, location)
}

func (x exchange) Forward(path string) error {
	x.c.Echo().Router().Find(x.c.Request().Method, path, x.c)
	return x.c.Handler()(x.c)
}

func (x exchange) Stream(write func(io.Writer, func() error) error) error {
	x.c.Response().WriteHeader(http.StatusOK)
	return write(x.c.Response(), http.NewResponseController(x.c.Response()).Flush)
}
