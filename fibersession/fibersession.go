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
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
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
// Fiber's cache middleware gives one visitor's page to all, and with
// StoreResponseHeaders the cookie as well, because it ignores Cache-Control:
// keep it to routes that leave the session alone.
//
// A request whose headers fasthttp cannot read never comes here. From fasthttp
// 1.70 on, the text of that error repeats the header, and Fiber's default error
// handler sends the text: with an error handler of your own, leave it out.
func Middleware(m *core.Manager) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if passesGuards(c) {
			return answer(c, fiber.ErrNotFound)
		}
		if _, mounted := m.FromContext(c.UserContext()); mounted {
			return c.Next()
		}
		x, err := m.Begin(c.UserContext(), request{c})
		if err != nil {
			return answer(c, refuse(c, err))
		}
		c.SetUserContext(x.Context(c.UserContext()))
		outer := fasthttp.AcquireResponse()
		defer fasthttp.ReleaseResponse(outer)
		c.Response().Header.CopyTo(&outer.Header)

		err = c.Next()
		if err != nil && x.Failure() == nil {
			err = answer(c, err)
		}
		headers, failed := x.Commit()
		if failed != nil {
			outer.Header.CopyTo(&c.Response().Header)
			c.Response().ResetBody()
			c.Context().Hijack(nil)
			err = answer(c, refuse(c, failed))
		} else if c.Response().IsBodyStream() {
			f := finisher{x}
			c.Context().SetUserValue(f, f)
		}
		headers.Apply(header{&c.Response().Header})
		return err
	}
}

// answer lets the application's error handler write the page as Fiber does, so
// that what it changes is stored with the rest. Fiber would call it again for an
// error that is returned, and outer middleware that drops it would make a 200.
func answer(c *fiber.Ctx, err error) error {
	if err == nil || c.App().ErrorHandler(c, err) == nil {
		return nil
	}
	return c.SendStatus(fiber.StatusInternalServerError)
}

// From returns the session of the request. It panics without [Middleware].
func From(c *fiber.Ctx) *core.Session {
	return core.MustFromContext(c.UserContext(), "fibersession")
}

// LoginRequired lets only requests with a login through to the handler. The
// others are sent to the login page or get 401; if the session cannot be read,
// they get 503.
func LoginRequired(g core.Guard) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderCacheControl, "no-store")
		if err := g.Check(c.UserContext(), request{c}); err != nil {
			return refuse(c, err)
		}
		return c.Next()
	}
}

// request is a request in the form that core knows.
type request struct{ c *fiber.Ctx }

func (r request) Method() string            { return r.c.Method() }
func (r request) Host() string              { return string(r.c.Request().Header.Host()) }
func (r request) Target() string            { return r.c.OriginalURL() }
func (r request) Header(name string) string { return r.c.Get(name) }
func (r request) Cookies() []string         { return []string{cookies(&r.c.Request().Header)} }

// A finisher stores what a stream writer changed. fasthttp closes the values of
// a request when its response has been written, streams and all. Each Manager
// has one.
type finisher struct{ x adapter.Exchange }

func (f finisher) Close() error {
	f.x.Finish()
	return nil
}

// A failure is an error of Fiber, whose text the client may see, and its cause,
// which it may not.
type failure struct {
	answer *fiber.Error
	cause  error
}

func (f *failure) Error() string   { return f.answer.Error() }
func (f *failure) Unwrap() []error { return []error{f.answer, f.cause} }

func refuse(c *fiber.Ctx, err error) error {
	a := adapter.NewAnswer(err, request{c})
	if a.Page {
		return &failure{fiber.NewError(a.Status, adapter.ErrorText(a.Status)), err}
	}
	a.Apply(header{&c.Response().Header})
	return c.Status(a.Status).SendString(a.Body)
}

// header is the response's header in the form that core knows.
type header struct{ *fasthttp.ResponseHeader }

func (h header) Values(key string) []string {
	var values []string
	for _, value := range h.PeekAll(key) {
		values = append(values, string(value))
	}
	return values
}
