// Package ginsession gives handlers of Gin their sessions.
//
//	r.Use(gin.Recovery(), ginsession.Middleware(sessions)) // sessions is a *core.Manager
//	r.GET("/", func(c *gin.Context) {
//		s := ginsession.From(c)
//		...
//	})
//
// The middleware comes before the routes; [core.New] makes sessions, and [core.Session] says what a handler can do.
// Recovery middleware goes outside of [Middleware]: a handler that panics saves nothing, and the panic passes on.
package ginsession

import (
	"errors"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ringsession/ringsession/core"
)

// Middleware gives every request its session, and stores what the handler changed before the response's headers leave. If
// that fails, the client gets the error instead of the handler's response. Mounted twice, the outer one works.
//
// The error is among c.Errors and the status is set, so that error pages of outer middleware appear.
func Middleware(m *core.Manager) gin.HandlerFunc {
	return func(c *gin.Context) {
		if m.Mounted(c.Request.Context()) {
			return
		}
		s := m.Start(c.Request.Context(), c.Request.Header["Cookie"])
		c.Request = c.Request.WithContext(core.NewContext(c.Request.Context(), s))
		outer := c.Writer
		response := m.NewResponse(outer, s, nil)
		defer func() { c.Writer = outer }()
		c.Writer = &writer{outer, response}
		c.Next()
		if err := response.Finish(); err != nil {
			refuse(c, core.HTTPStatus(err), err)
		}
	}
}

// From returns the session of the request. It panics without [Middleware].
func From(c *gin.Context) *core.Session {
	return core.MustFromContext(c.Request.Context(), "ginsession")
}

// LoginRequired lets only requests with a login through to the handler. The others are sent to the login page or get 401; if
// the session cannot be read, they get 503.
func LoginRequired(g core.Guard) gin.HandlerFunc {
	return func(c *gin.Context) {
		asked := core.GuardedRequest{Method: c.Request.Method, Target: c.Request.RequestURI, Header: c.GetHeader}
		refusal := g.Check(From(c), asked)
		switch {
		case refusal == nil:
		case refusal.Location != "":
			c.Abort()
			c.Header("Location", refusal.Location)
			c.Status(refusal.Status)
		default:
			refuse(c, refusal.Status, refusal)
		}
	}
}

// refuse writes nothing yet: Gin sends the status when the outer middleware had its chance to write a page. The error may be
// among c.Errors by now, from a guard or from a write that failed.
func refuse(c *gin.Context, status int, err error) {
	c.Abort()
	if !slices.ContainsFunc(c.Errors, func(known *gin.Error) bool { return errors.Is(known, err) }) {
		_ = c.Error(err)
	}
	c.Status(status)
}
