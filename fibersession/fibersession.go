// Package fibersession gives handlers of Fiber v2 their sessions.
//
//	app.Use(recover.New(), fibersession.Middleware(sessions)) // sessions is a *core.Manager
//	app.Get("/", func(c *fiber.Ctx) error {
//		s := fibersession.From(c)
//		...
//	})
//
// Mount the middleware before the routes. [core.New] makes sessions.
// [core.Session] describes what a handler can do. Mount recovery middleware
// outside of [Middleware]: if a handler panics, its changes are not saved, and
// the panic passes on.
package fibersession

import (
	"context"
	"iter"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/internal/fasthttpsession"
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
// handler. There [errors.As] finds a [fiber.Error] in it, and the cause.
//
// If the handler returns an error, Middleware itself calls the application's
// error handler, so changes that this makes to the session are stored with the
// rest. Middleware then returns nil, because Fiber would call the error handler
// again. So mount middleware that reads or replaces errors inside.
//
// The session is in c.UserContext(). A stream writer runs after the headers
// have left, when c must not be used any more. Get the session before, and use
// it in the stream writer.
//
// Mount Middleware with app.Use, without a prefix, before everything that
// serves files and after everything that rewrites paths: it must run for every
// request. Fiber's router and its file server read some paths differently
// (/%61dmin, //admin). Middleware answers 404 if such a path would lead past a
// route, such as one with [LoginRequired]. It also answers 404 to every path
// with a segment that is "." or "..", which no browser sends.
//
// A guard on the route of one file does not run for its path with a slash at
// the end if the application has StrictRouting. Guard the folder instead.
//
// Do not use Fiber's cache middleware on routes that use the session. It
// ignores Cache-Control, and gives one visitor's page to everybody; with
// StoreResponseHeaders, the cookie as well.
//
// Middleware does not see requests whose headers fasthttp cannot read. From
// fasthttp 1.70 on, the text of that error repeats the header, and Fiber's
// default error handler sends the text. An error handler of your own should not
// send it.
func Middleware(m *core.Manager) fiber.Handler {
	return func(c *fiber.Ctx) error { return fasthttpsession.Middleware(m, request{c}) }
}

// From returns the session of the request. It panics without [Middleware].
func From(c *fiber.Ctx) *core.Session {
	return core.MustFromContext(c.UserContext(), "fibersession")
}

// LoginRequired lets only requests with a login through to the handler. The
// others are redirected to the login page or get 401. If the session cannot be
// read, they get 503.
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
func (r request) DisableHeaderNormalizing() bool {
	return r.App().Config().DisableHeaderNormalizing
}

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
