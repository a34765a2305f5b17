// Package echov5session gives handlers of Echo v5 their sessions.
package echov5session

import (
	"errors"
	"io"

	"github.com/labstack/echo/v5"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// Middleware gives every request its session, and stores what the handler changed before the response's headers leave. If
// that fails, the application's error handler answers instead of the handler.
func Middleware(m *core.Manager) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			r, outer := c.Request(), c.Response()
			if _, mounted := m.FromContext(r.Context()); mounted {
				return next(c)
			}
			x, err := m.Begin(r.Context(), adapter.NewRequest(r))
			if err != nil {
				return refuse(c, err)
			}
			c.SetRequest(r.WithContext(x.Context(r.Context())))
			response := adapter.NewResponse(outer, x, nil)
			response.Run(func() { err = call(next, c, response) })
			if failed := response.Finish(); failed != nil {
				return refuse(c, failed)
			}
			return err
		}
	}
}

// call leaves c with the response that it found, whatever middleware inside put in its place. The error handler runs here, so
// that what it changes is stored before its page leaves.
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

// From returns the session of the request. It panics without [Middleware].
func From(c *echo.Context) *core.Session {
	return core.MustFromContext(c.Request().Context(), "echov5session")
}

// LoginRequired lets only requests with a login through to the handler.
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

// refuse leaves people to the application's error handler and answers programs itself. It does so at once: an error that is
// returned comes too late if echo.WrapMiddleware has put a compressor or a http.TimeoutHandler outside, which sends its 200
// when the handler returns.
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
