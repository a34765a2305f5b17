// Package echosession gives handlers of Echo v4 their sessions.
//
//	e.Use(middleware.Recover(), echosession.Middleware(sessions)) // sessions is a *core.Manager
//	e.GET("/", func(c echo.Context) error {
//		s := echosession.From(c)
//		...
//	})
//
// Mount the middleware before the routes. [core.New] makes sessions.
// [core.Session] describes what a handler can do. Mount recovery middleware
// outside of [Middleware]: if a handler panics, its changes are not saved, and
// the panic passes on.
package echosession

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

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
// the response is Committed. Mount middleware that replaces errors inside.
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
		return func(c echo.Context) error {
			r := c.Request()
			if _, mounted := m.FromContext(r.Context()); mounted {
				return next(c)
			}
			if strays(c) {
				c.Error(echo.ErrNotFound)
				return nil
			}
			x, err := m.Begin(r.Context(), adapter.NewRequest(r))
			if err != nil {
				return refuse(c, err)
			}
			c.SetRequest(r.WithContext(x.Context(r.Context())))
			response := adapter.NewResponse(c.Response().Writer, x, nil)
			err = call(next, c, response)
			if failed := response.Err(); failed != nil {
				return refuse(c, failed)
			}
			return err
		}
	}
}

// call calls next with a writer that commits. Afterwards c has the same
// response as before: middleware inside, such as that of echo.WrapMiddleware,
// may have replaced it. The application's error handler runs here, so that its
// changes are stored before its page leaves.
func call(next echo.HandlerFunc, c echo.Context, response *adapter.Response) (err error) {
	answer := c.Response()
	outer := answer.Writer
	defer func() {
		c.SetResponse(answer)
		answer.Writer = outer
		if response.Err() != nil {
			// Echo counts the handler's answer as sent, but it was dropped.
			answer.Committed, answer.Size, answer.Status = false, 0, http.StatusOK
		}
	}()
	answer.Writer = response
	response.Run(func() { err = next(c) })
	if err != nil && response.Err() == nil {
		c.SetResponse(answer)
		c.Error(err)
	}
	_ = response.Finish()
	return err
}

// strays reports whether the path leads past a guard.
func strays(c echo.Context) bool {
	r, e := c.Request(), c.Echo()
	return echopath.LeadsPast(r.URL, c.Path(), func(u *url.URL) string {
		router := e.Routers()[r.Host]
		if router == nil {
			router = e.Router()
		}
		other := e.NewContext(r, nil)
		router.Find(r.Method, echo.GetPath(&http.Request{URL: u}), other)
		return other.Path()
	})
}

// From returns the session of the request. It panics without [Middleware].
func From(c echo.Context) *core.Session {
	return core.MustFromContext(c.Request().Context(), "echosession")
}

// LoginRequired lets only requests with a login through to the handler. The
// others are redirected to the login page or get 401. If the session cannot be
// read, they get 503.
func LoginRequired(g core.Guard) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set("Cache-Control", "no-store")
			err := g.Check(c.Request().Context(), adapter.NewRequest(c.Request()))
			if refusal := (*adapter.Refusal)(nil); errors.As(err, &refusal) {
				return refuse(c, err)
			} else if err != nil {
				return err // the commit fails with it as well, and Middleware answers
			}
			return next(c)
		}
	}
}

// refuse answers at once. An error that is returned comes too late if
// echo.WrapMiddleware has put a compressor or a http.TimeoutHandler outside:
// these send a 200 before Echo's error handler runs.
func refuse(c echo.Context, err error) error {
	a := adapter.NewAnswer(err, adapter.NewRequest(c.Request()))
	if a.Page {
		c.Error(echo.NewHTTPError(a.Status, adapter.ErrorText(a.Status)).SetInternal(err))
		return nil
	}
	a.Apply(c.Response().Header())
	c.Response().WriteHeader(a.Status)
	_, werr := c.Response().Write([]byte(a.Body))
	return werr
}
