// Package ginsession gives handlers of Gin their sessions.
//
//	r.Use(gin.Recovery(), ginsession.Middleware(sessions)) // sessions is a *core.Manager
//	r.GET("/", func(c *gin.Context) {
//		s := ginsession.From(c)
//		...
//	})
//
// Mount the middleware before the routes. [core.New] makes sessions.
// [core.Session] describes what a handler can do. Mount recovery middleware
// outside of [Middleware]: if a handler panics, its changes are not saved, and
// the panic passes on.
package ginsession

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// Middleware gives every request its session. It stores the handler's changes
// before the response's headers leave. If that fails, the client gets an error
// instead of the handler's response. If Middleware is mounted twice, only the
// outer one has an effect.
//
// A request of another origin with an unsafe method, such as POST, gets 403;
// see [core.Manager.Begin].
//
// If Middleware or a guard answers with an error, it is also in c.Errors.
// Programs get it as JSON. For people only the status is set and nothing is
// written, so that outer middleware can write its error page.
//
// The session is stored when Middleware returns. If outer middleware changes it
// for an error page, it should call [core.Session.Save]; otherwise the change
// is stored when the request ends. After Middleware has returned, a change that
// needs a new cookie is lost, with [core.ErrTooLate] and an event. Error pages
// inside Middleware have no such limit.
//
// A path with "..", "." or a double slash for which Gin has no route gets 404.
// A file server in Engine.NoRoute would clean it, and //admin/f would lead past
// a guard on /admin.
//
// Mount Middleware with Engine.Use. Gin's HandleContext starts again with Gin's
// own writer. It runs Middleware again only if that is mounted there.
func Middleware(m *core.Manager) gin.HandlerFunc {
	key := mark{m, fmt.Sprintf("ringsession %p", m)}
	return func(c *gin.Context) {
		r := c.Request
		if _, mounted := m.FromContext(r.Context()); mounted {
			again(c, key)
			return
		}
		if strays(c) {
			c.AbortWithStatus(http.StatusNotFound)
			return
		}
		x, err := m.Begin(r.Context(), adapter.NewRequest(r))
		if err != nil {
			refuse(c, err)
			return
		}
		response := adapter.NewResponse(c.Writer, x, nil)
		ctx := context.WithValue(x.Context(r.Context()), key, response)
		c.Request = r.WithContext(ctx)
		next(c, key, response, response.Finish)
		if len(c.Errors) > 0 && response.Err() == nil {
			// Outer middleware may change the session before the request ends.
			context.AfterFunc(r.Context(), x.Finish)
		}
	}
}

// strays reports whether Gin has no route for the path, perhaps because of "..", "."
// or a double slash, which [http.FileServer] takes away.
func strays(c *gin.Context) bool {
	came := c.Request.URL.Path
	clean := path.Clean(came)
	return c.FullPath() == "" && came != "" && came != clean && came != clean+"/"
}

// mark is the key of the Response in the request's context. Its name is also a
// key of c, which means that c has our writer. It is a string, because before
// Gin 1.11 the keys of c are strings.
type mark struct {
	m    *core.Manager
	name string
}

// again handles a request that has its session already. Either the middleware
// is mounted twice, or HandleContext has removed our writer and all keys. In
// the second case the headers leave when the inner chain ends.
func again(c *gin.Context, key mark) {
	response, ours := c.Request.Context().Value(key).(*adapter.Response)
	if _, marked := c.Get(key.name); ours && !marked {
		next(c, key, response.Over(c.Writer), response.Commit)
	}
}

func next(c *gin.Context, key mark, response *adapter.Response, end func() error) {
	outer := c.Writer
	defer func() { c.Writer = outer }()
	c.Set(key.name, true)
	c.Writer = &writer{outer, response}
	response.Run(c.Next)
	c.Writer = outer
	if outer.Written() {
		response.Missed()
	}
	if err := end(); err != nil {
		refuse(c, err)
	}
}

// From returns the session of the request. It panics without [Middleware].
func From(c *gin.Context) *core.Session {
	return core.MustFromContext(c.Request.Context(), "ginsession")
}

// LoginRequired lets only requests with a login through to the handler. The
// others are redirected to the login page or get 401. If the session cannot be
// read, they get 503.
func LoginRequired(g core.Guard) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Cache-Control", "no-store")
		if err := g.Check(c.Request.Context(), adapter.NewRequest(c.Request)); err != nil {
			refuse(c, err)
		}
	}
}

// refuse answers programs, and sets only the status for people: Gin sends the
// status after outer middleware had the chance to write a page. The error may
// already be in c.Errors, from a guard or from a write that failed.
// HandleContext may already have written the answer.
func refuse(c *gin.Context, err error) {
	c.Abort()
	a := adapter.NewAnswer(err, adapter.NewRequest(c.Request))
	known := func(e *gin.Error) bool { return errors.Is(e, err) }
	if a.Body != "" && !slices.ContainsFunc(c.Errors, known) {
		_ = c.Error(err)
	}
	if c.Writer.Written() {
		return
	}
	c.Status(a.Status)
	if a.Page {
		return
	}
	a.Apply(c.Writer.Header())
	c.Writer.WriteHeaderNow()
	if a.Body != "" {
		_, _ = c.Writer.WriteString(a.Body)
	}
}
