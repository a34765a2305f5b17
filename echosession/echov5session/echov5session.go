// Package echov5session gives handlers of Echo v5 their sessions.
//
//	e.Use(middleware.Recover(), echov5session.Middleware(sessions)) // sessions is a *core.Manager
//	e.GET("/", func(c *echo.Context) error {
//		s := echov5session.From(c)
//		...
//	})
//
// The middleware comes before the routes; [core.New] makes sessions, and
// [core.Session] says what a handler can do. Recovery middleware goes outside
// of [Middleware]: a handler that panics saves nothing, and the panic passes
// on.
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

// Middleware gives every request its session, and stores what the handler
// changed before the response's headers leave. If that fails, the client gets
// the error instead of the handler's response. Mounted twice, the outer one
// works.
//
// An unsafe request of another origin gets 403; see [core.Manager.Begin].
//
// Programs get the error as JSON. For people it goes to the application's error
// handler, as an [echo.HTTPError] that wraps the cause. Either way the answer
// is written before Middleware returns, and Middleware returns nil.
//
// An error that the handler returns goes to the application's error handler inside
// Middleware too, so that what that changes is stored before its page leaves.
// Outer middleware gets the error all the same, and Echo calls the error handler
// again: as in Echo, it must leave a response alone that is Committed, which
// [echo.UnwrapResponse] finds. Middleware that replaces errors by others goes
// inside.
//
// Echo's router and its static handlers read some paths differently (//admin,
// /x/../admin, /%61dmin, /admin%2Ff). Middleware answers 404 where that would lead
// past a route, such as one with [LoginRequired]. Encodings count only if the path
// led to a route with a wildcard, which is how Echo serves files. Mount it with
// e.Use. The guard of one file's route does not run for its path with a slash at the
// end, which those handlers serve as well: guard the folder.
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

// call leaves c with the response that it found, whatever middleware inside put
// in its place. The application's error handler runs here, so that what it changes
// is stored before its page leaves.
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
// others are sent to the login page or get 401; if the session cannot be read,
// they get 503.
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

// refuse leaves people to the application's error handler and answers programs
// itself. It does so at once: an error that is returned comes too late if
// echo.WrapMiddleware has put a compressor or a http.TimeoutHandler outside,
// which sends its 200 when the handler returns.
func refuse(c *echo.Context, err error) error {
	a := adapter.NewAnswer(err, adapter.NewRequest(c.Request()))
	if a.Page {
		c.Echo().HTTPErrorHandler(c, echo.NewHTTPError(a.Status, adapter.ErrorText(a.Status)).Wrap(err))
		return nil
	}
	a.Apply(c.Response().Header())
	c.Response().WriteHeader(a.Status)
	_, werr := io.WriteString(c.Response(), a.Body)
	return werr
}

// noted notes that a Flush sends the headers. Echo's response does not, and
// would send them again.
type noted struct{ http.ResponseWriter }

func (n noted) FlushError() error {
	if r, err := echo.UnwrapResponse(n); err == nil && !r.Committed {
		n.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(n.ResponseWriter).Flush()
}

// Unwrap returns the writer below, for [http.ResponseController].
func (n noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }
