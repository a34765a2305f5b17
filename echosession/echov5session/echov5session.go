// Package echov5session gives handlers of Echo v5 their sessions.
//
//	e.Use(middleware.Recover(), echov5session.Middleware(sessions)) // sessions is a *core.Manager
//	e.GET("/", func(c *echo.Context) error {
//		s := echov5session.From(c)
//		...
//	})
//
// Mount the middleware before the routes. [core.New] makes sessions.
// [core.Session] describes what a handler can do. Mount recovery middleware
// outside of [Middleware]: if a handler panics, its changes are not saved, and
// the panic passes on.
package echov5session

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v5"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/internal/echopath"
)

// Middleware gives every request its session. It stores the handler's changes
// before the response's headers leave. If that fails, the client gets an error
// instead of the handler's response. If Middleware is mounted twice, only the
// outer one has an effect.
//
// A request of another origin with an unsafe method, such as POST, gets 403;
// see [core.Manager.Begin].
//
// Programs get the error as JSON. For people it goes to the application's error
// handler, as an [echo.HTTPError] that wraps the cause. In both cases the
// answer is written before Middleware returns, and Middleware returns nil.
//
// If the handler returns an error, Middleware itself calls the application's
// error handler, so changes that this makes to the session are stored before
// the page leaves. Outer middleware still gets the error, and Echo calls the
// error handler again. As always in Echo, the error handler must do nothing if
// the response is Committed; [echo.UnwrapResponse] finds the response. Mount
// middleware that replaces errors inside.
//
// Mount Middleware with e.Use. Echo's router and its static handlers read some
// paths differently (//admin, /x/../admin, /%61dmin, /admin%2Ff). Middleware
// answers 404 if such a path would lead past a route, for example one with
// [LoginRequired]. Encodings count only if the path led to a route with a
// wildcard: with such a route Echo serves files. The guard of one file's route
// does not run for its path with a slash at the end, which those handlers serve
// as well: guard the folder.
func Middleware(m *core.Manager) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			r, outer := c.Request(), c.Response()
			if _, mounted := m.FromContext(r.Context()); mounted {
				return next(c)
			}
			if strays(c) {
				c.Echo().HTTPErrorHandler(c, echo.ErrNotFound)
				return nil
			}
			x, err := m.Begin(r.Context(), adapter.NewRequest(r))
			if err != nil {
				return refuse(c, err)
			}
			c.SetRequest(r.WithContext(x.Context(r.Context())))
			response := adapter.NewResponse(noted{outer}, x, nil)
			response.Run(func() { err = call(next, c, response) })
			if failed := response.Finish(); failed != nil {
				return refuse(c, failed)
			}
			return err
		}
	}
}

// call calls next. Afterwards c has the same response as before, even if
// middleware inside replaced it. The application's error handler runs here, so
// that its changes are stored before its page leaves.
func call(next echo.HandlerFunc, c *echo.Context, response *adapter.Response) error {
	defer c.SetResponse(c.Response())
	c.SetResponse(response)
	err := next(c)
	if err != nil && response.Err() == nil {
		c.SetResponse(response)
		c.Echo().HTTPErrorHandler(c, err)
	}
	return err
}

// strays reports whether the path leads past a guard.
func strays(c *echo.Context) bool {
	r := c.Request()
	return echopath.LeadsPast(r.URL, c.Path(), func(u *url.URL) string {
		other := c.Echo().NewContext(&http.Request{Method: r.Method, URL: u}, nil)
		c.Echo().Router().Route(other)
		return other.Path()
	})
}

// From returns the session of the request. It panics without [Middleware].
func From(c *echo.Context) *core.Session {
	return core.MustFromContext(c.Request().Context(), "echov5session")
}

// LoginRequired lets only requests with a login through to the handler. The
// others are redirected to the login page or get 401. If the session cannot be
// read, they get 503.
func LoginRequired(g core.Guard) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			r := c.Request()
			c.Response().Header().Set("Cache-Control", "no-store")
			err := g.Check(r.Context(), adapter.NewRequest(r))
			if errors.As(err, new(*adapter.Refusal)) {
				return refuse(c, err)
			} else if err != nil {
				return err // The commit fails with it as well, and Middleware answers.
			}
			return next(c)
		}
	}
}

// refuse lets the application's error handler answer people, and answers
// programs itself. It does so at once. An error that is returned comes too late
// if echo.WrapMiddleware has put a compressor or a http.TimeoutHandler outside,
// because these send a 200 when the handler returns.
func refuse(c *echo.Context, err error) error {
	a := adapter.NewAnswer(err, adapter.NewRequest(c.Request()))
	if a.Page {
		page := echo.NewHTTPError(a.Status, adapter.ErrorText(a.Status)).Wrap(err)
		c.Echo().HTTPErrorHandler(c, page)
		return nil
	}
	a.Apply(c.Response().Header())
	c.Response().WriteHeader(a.Status)
	_, werr := io.WriteString(c.Response(), a.Body)
	return werr
}

// noted records that a Flush sends the headers. Echo's response does not record
// it, and would send them again.
type noted struct{ http.ResponseWriter }

func (n noted) FlushError() error {
	if r, err := echo.UnwrapResponse(n); err == nil && !r.Committed {
		n.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(n.ResponseWriter).Flush()
}

// Unwrap returns the writer below, for [http.ResponseController].
func (n noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }
