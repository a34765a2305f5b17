// Package echov5session gives handlers of Echo v5 their sessions.
package echov5session

import (
	"github.com/labstack/echo/v5"
	"github.com/ringsession/ringsession/core"
)

// Middleware gives every request its session, and stores what the handler changed before the response's headers leave. If
// that fails, the error goes to the application's error handler instead of the handler's response to the client.
func Middleware(m *core.Manager) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			r, outer := c.Request(), c.Response()
			if m.Mounted(r.Context()) {
				return next(c)
			}
			s := m.Start(r.Context(), r.Header["Cookie"])
			c.SetRequest(r.WithContext(core.NewContext(r.Context(), s)))
			response := m.NewResponse(outer, s, nil)
			c.SetResponse(response)
			defer c.SetResponse(outer)
			err := next(c)
			if failed := response.Finish(); failed != nil {
				return refuse(core.HTTPStatus(failed), failed)
			}
			return err
		}
	}
}

// From returns the session of the request. It panics without [Middleware].
func From(c *echo.Context) *core.Session {
	return core.MustFromContext(c.Request().Context(), "echov5session")
}

// LoginRequired lets only requests with a login through to the handler.
func LoginRequired(g core.Guard) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
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
	return echo.NewHTTPError(status, core.ErrorText(status)).Wrap(err)
}
