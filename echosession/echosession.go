// Package echosession gives handlers of Echo v4 their sessions.
//
//	e.Use(middleware.Recover(), echosession.Middleware(sessions)) // sessions is a *core.Manager
//	e.GET("/", func(c echo.Context) error {
//		s := echosession.From(c)
//		...
//	})
//
// The middleware comes before the routes; [core.New] makes sessions, and [core.Session] says what a handler can do.
// Recovery middleware goes outside of [Middleware]: a handler that panics saves nothing, and the panic passes on.
package echosession

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/ringsession/ringsession/core"
)

// Middleware gives every request its session, and stores what the handler changed before the response's headers leave. If
// that fails, the client gets the error instead of the handler's response. Mounted twice, the outer one works.
//
// The error goes to the application's error handler, as an [echo.HTTPError] that wraps the cause.
func Middleware(m *core.Manager) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r, answer := c.Request(), c.Response()
			if m.Mounted(r.Context()) {
				return next(c)
			}
			s := m.Start(r.Context(), r.Header["Cookie"])
			c.SetRequest(r.WithContext(core.NewContext(r.Context(), s)))
			outer := answer.Writer
			response := m.NewResponse(outer, s, nil)
			defer func() {
				answer.Writer = outer
				if response.Err() != nil {
					// Echo believes that the handler's answer left, but it went nowhere.
					answer.Committed, answer.Size, answer.Status = false, 0, http.StatusOK
				}
			}()
			answer.Writer = response
			err := next(c)
			if failed := response.Finish(); failed != nil {
				return refuse(core.HTTPStatus(failed), failed)
			}
			return err
		}
	}
}

// From returns the session of the request. It panics without [Middleware].
func From(c echo.Context) *core.Session {
	return core.MustFromContext(c.Request().Context(), "echosession")
}

// LoginRequired lets only requests with a login through to the handler. The others are sent to the login page or get 401; if
// the session cannot be read, they get 503.
func LoginRequired(g core.Guard) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			asked := core.GuardedRequest{Method: r.Method, Target: r.RequestURI, Header: r.Header.Get}
			refusal := g.Check(From(c), asked)
			switch {
			case refusal == nil:
				return next(c)
			case refusal.Location != "":
				return c.Redirect(refusal.Status, refusal.Location)
			}
			return refuse(refusal.Status, refusal)
		}
	}
}

func refuse(status int, err error) error {
	return echo.NewHTTPError(status, core.ErrorText(status)).SetInternal(err)
}
