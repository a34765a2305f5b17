// Package fibersession gives handlers of Fiber v2 their sessions.
//
//	app.Use(recover.New(), fibersession.Middleware(sessions)) // sessions is a *core.Manager
//	app.Get("/", func(c *fiber.Ctx) error {
//		s := fibersession.From(c)
//		...
//	})
//
// The middleware comes before the routes; [core.New] makes sessions, and [core.Session] says what a handler can do.
// Recovery middleware goes outside of [Middleware]: a handler that panics saves nothing, and the panic passes on.
package fibersession

import (
	"bufio"
	"bytes"
	"slices"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
)

// Middleware gives every request its session, and stores what the handler changed before the response's headers leave. If
// that fails, the client gets the error instead of the handler's response. Mounted twice, the outer one works.
//
// The error goes to the application's error handler: [errors.As] finds a [fiber.Error] in it, and the cause. The session
// travels in c.UserContext(). A stream writer, which runs when the headers have left and c is not to be used any more, keeps
// the session itself.
func Middleware(m *core.Manager) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if m.Mounted(c.UserContext()) {
			return c.Next()
		}
		s := m.Start(c.UserContext(), []string{cookies(&c.Request().Header)})
		c.SetUserContext(core.NewContext(c.UserContext(), s))
		outer := fasthttp.AcquireResponse()
		defer fasthttp.ReleaseResponse(outer)
		c.Response().Header.CopyTo(&outer.Header)

		err := c.Next()
		headers, failed := m.Commit(s)
		if failed != nil {
			outer.Header.CopyTo(&c.Response().Header)
			c.Response().ResetBody()
			c.Context().Hijack(nil)
			err = refuse(core.HTTPStatus(failed), failed)
		} else if c.Response().IsBodyStream() {
			c.Context().SetUserValue(finisher{}, finisher{m, s})
		}
		headers.Apply(header{&c.Response().Header})
		return err
	}
}

// From returns the session of the request. It panics without [Middleware].
func From(c *fiber.Ctx) *core.Session {
	return core.MustFromContext(c.UserContext(), "fibersession")
}

// LoginRequired lets only requests with a login through to the handler. The others are sent to the login page or get 401; if
// the session cannot be read, they get 503.
func LoginRequired(g core.Guard) fiber.Handler {
	return func(c *fiber.Ctx) error {
		asked := core.GuardedRequest{
			Method: c.Method(), Target: c.OriginalURL(), Header: func(name string) string { return c.Get(name) },
		}
		refusal := g.Check(From(c), asked)
		switch {
		case refusal == nil:
			return c.Next()
		case refusal.Location != "":
			return c.Redirect(refusal.Location, refusal.Status)
		}
		return refuse(refusal.Status, refusal)
	}
}

// A finisher stores what a stream writer changed. fasthttp closes the values of a request when its response has been
// written, streams and all.
type finisher struct {
	m *core.Manager
	s *core.Session
}

func (f finisher) Close() error {
	f.m.Finish(f.s)
	return nil
}

// A failure is an error of Fiber, whose text the client may see, and its cause, which it may not.
type failure struct {
	answer *fiber.Error
	cause  error
}

func (f *failure) Error() string   { return f.answer.Error() }
func (f *failure) Unwrap() []error { return []error{f.answer, f.cause} }

func refuse(status int, err error) error {
	return &failure{fiber.NewError(status, core.ErrorText(status)), err}
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

// cookies returns the Cookie headers of the request as one.
func cookies(h *fasthttp.RequestHeader) string {
	isCookie := func(name []byte) bool { return string(name) == fiber.HeaderCookie }
	if slices.ContainsFunc(h.PeekKeys(), isCookie) { // Fiber's parser, which changes some cookies, has not been at work.
		return string(bytes.Join(h.PeekAll(fiber.HeaderCookie), []byte(";")))
	}
	now := parsed(h)
	// What came counts, if it still says the same. It does not if a middleware changed the cookies, or if the request did not
	// come over a connection of fasthttp.
	var again fasthttp.RequestHeader
	raw := append([]byte("GET / HTTP/1.1\r\n"), h.RawHeaders()...)
	if now != "" && again.Read(bufio.NewReaderSize(bytes.NewReader(raw), len(raw))) == nil {
		if came := cookies(&again); parsed(&again) == now {
			return came
		}
	}
	return now
}

// parsed returns the cookies as Fiber's parser understands them.
func parsed(h *fasthttp.RequestHeader) string {
	h.VisitAllCookie(func(_, _ []byte) {}) // Now they are parsed.
	return string(h.Peek(fiber.HeaderCookie))
}
