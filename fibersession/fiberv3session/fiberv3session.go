// Package fiberv3session gives handlers of Fiber v3 their sessions.
//
//	app.Use(recover.New(), fiberv3session.Middleware(sessions)) // sessions is a *core.Manager
//	app.Get("/", func(c fiber.Ctx) error {
//		s := fiberv3session.From(c)
//		...
//	})
//
// The middleware comes before the routes; [core.New] makes sessions, and
// [core.Session] says what a handler can do. Recovery middleware goes outside
// of [Middleware]: a handler that panics saves nothing, and the panic passes
// on.
package fiberv3session

import (
	"iter"

	"github.com/gofiber/fiber/v3"

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
// The session travels in c.Context(), and c itself is a context that has it: in
// [core.FromContext] and [core.Manager.EndAll], for instance. A handler of net/http
// that Fiber adapts finds it in the context of its request. A stream writer, which
// runs when the headers have left and c is not to be used any more, keeps the
// session itself.
//
// If Fiber's timeout middleware answers while its handler runs on, the answer has
// the cookie and what was changed until then is stored. Later changes need
// [core.Session.Save].
//
// c.End sends the response past Middleware, without the cookie and before anything
// is stored: return from the handler instead.
//
// Fiber's router and its static middleware read some paths differently (/%61dmin,
// /%2561dmin, //admin). Middleware answers 404 where that would lead past a route,
// such as one with [LoginRequired], and to every path with a segment that is "." or
// "..", which no browser sends. For that it must run for every request: mount
// it with app.Use, without a prefix, before all that serves files and after
// what rewrites paths.
//
// The guard of one file's route does not run for its path with a slash at the end
// if the application has StrictRouting: guard the folder.
//
// Fiber's cache middleware goes outside: inside, it does not see that a page is for
// one visitor, and gives it to all.
//
// A request whose headers fasthttp cannot read never comes here. From fasthttp
// 1.70 on, the text of that error repeats the header, and Fiber's default error
// handler sends the text: with an error handler of your own, leave it out.
func Middleware(m *core.Manager) fiber.Handler {
	return func(c fiber.Ctx) error { return fasthttpsession.Middleware(m, request{c}) }
}

// From returns the session of the request. It panics without [Middleware].
func From(c fiber.Ctx) *core.Session {
	return core.MustFromContext(c.Context(), "fiberv3session")
}

// LoginRequired lets only requests with a login through to the handler. The
// others are sent to the login page or get 401; if the session cannot be read,
// they get 503.
func LoginRequired(g core.Guard) fiber.Handler {
	return func(c fiber.Ctx) error { return fasthttpsession.Guard(g, request{c}) }
}

// request is a [fasthttpsession.Fiber].
type request struct{ fiber.Ctx }

func (r request) HandleError(err error) error            { return r.App().ErrorHandler(r.Ctx, err) }
func (r request) NewError(status int, text string) error { return fiber.NewError(status, text) }
func (r request) UnescapePath() bool                     { return r.App().Config().UnescapePath }
func (r request) DisableHeaderNormalizing() bool         { return r.App().Config().DisableHeaderNormalizing }

func (r request) Match(path, pattern string) bool {
	config := r.App().Config()
	config.UnescapePath = false // The path is what the router has.
	return fiber.RoutePatternMatch(path, pattern, config)
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
