// Package fibersession gives handlers of Fiber v2 their sessions.
//
//	app.Use(recover.New(), fibersession.Middleware(sessions)) // sessions is a *core.Manager
//	app.Get("/", func(c *fiber.Ctx) error {
//		s := fibersession.From(c)
//		...
//	})
//
// The middleware comes before the routes; [core.New] makes sessions, and
// [core.Session] says what a handler can do. Recovery middleware goes outside
// of [Middleware]: a handler that panics saves nothing, and the panic passes
// on.
package fibersession

import (
	"context"
	"iter"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/internal/fasthttpsession"
)

// Middleware gives every request its session, and stores what the handler
// changed before the response's headers leave. If that fails, the client gets
// the error instead of the handler's response. Mounted twice, the outer one
// works.
//
// An unsafe request of another origin gets 403; see [core.Manager.Begin].
//
// Programs get the error as JSON. For people it goes to the application's error
// handler: [errors.As] finds a [fiber.Error] in it, and the cause.
//
// An error that the handler returns goes to the application's error handler inside
// Middleware, so that what that changes is stored with the rest. Fiber would call
// it again for an error that comes out, so Middleware returns nil: mount inside
// what looks at errors or replaces them.
//
// The session travels in c.UserContext(). A stream writer, which runs when the
// headers have left and c is not to be used any more, keeps the session itself.
//
// Fiber's router and its file server read some paths differently (/%61dmin,
// //admin). Middleware answers 404 where that would lead past a route, such as
// one with [LoginRequired], and to every path with a segment that is "." or
// "..", which no browser sends. For that it must run for every request: mount
// it with app.Use, without a prefix, before all that serves files and after
// what rewrites paths.
//
// The guard of one file's route does not run for its path with a slash at the end
// if the application has StrictRouting: guard the folder.
//
// Fiber's cache middleware gives one visitor's page to all, and with
// StoreResponseHeaders the cookie as well, because it ignores Cache-Control:
// keep it to routes that leave the session alone.
//
// A request whose headers fasthttp cannot read never comes here. From fasthttp
// 1.70 on, the text of that error repeats the header, and Fiber's default error
// handler sends the text: with an error handler of your own, leave it out.
func Middleware(m *core.Manager) fiber.Handler {
	return func(c *fiber.Ctx) error { return fasthttpsession.Middleware(m, request{c}) }
}

// From returns the session of the request. It panics without [Middleware].
func From(c *fiber.Ctx) *core.Session {
	return core.MustFromContext(c.UserContext(), "fibersession")
}

// LoginRequired lets only requests with a login through to the handler. The
// others are sent to the login page or get 401; if the session cannot be read,
// they get 503.
func LoginRequired(g core.Guard) fiber.Handler {
	return func(c *fiber.Ctx) error { return fasthttpsession.Guard(g, request{c}) }
}

// request is a [fasthttpsession.Fiber].
type request struct{ *fiber.Ctx }

func (r request) RequestCtx() *fasthttp.RequestCtx       { return r.Ctx.Context() }
func (r request) Context() context.Context               { return r.UserContext() }
func (r request) SetContext(ctx context.Context)         { r.SetUserContext(ctx) }
func (r request) HandleError(err error) error            { return r.App().ErrorHandler(r.Ctx, err) }
func (r request) NewError(status int, text string) error { return fiber.NewError(status, text) }
func (r request) UnescapePath() bool                     { return r.App().Config().UnescapePath }
func (r request) DisableHeaderNormalizing() bool         { return r.App().Config().DisableHeaderNormalizing }

func (r request) Match(path, pattern string) bool {
	return fiber.RoutePatternMatch(path, pattern, r.App().Config())
}

func (r request) Patterns() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, routes := range r.App().Stack() {
			if len(routes) == 0 || routes[0].Method != r.Method() {
				continue // each method has a list of its own
			}
			for _, route := range routes {
				if !yield(route.Path) {
					return
				}
			}
		}
	}
}
