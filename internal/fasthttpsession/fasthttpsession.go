// Package fasthttpsession is what the adapters of Fiber v2 and v3 share: their
// contexts differ in a few methods, the server below them is the same.
package fasthttpsession

import (
	"context"
	"iter"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// A Fiber is the context of a request in one version of Fiber.
type Fiber interface {
	Next() error
	Method(override ...string) string
	Path(override ...string) string // as the router has it
	OriginalURL() string
	Get(name string, orElse ...string) string
	SendStatus(status int) error
	RequestCtx() *fasthttp.RequestCtx
	Context() context.Context
	SetContext(ctx context.Context)

	// HandleError calls the application's error handler.
	HandleError(err error) error
	// NewError returns an error of Fiber, whose text the client may see.
	NewError(status int, text string) error
	// UnescapePath reports whether the application has that setting.
	UnescapePath() bool
	// DisableHeaderNormalizing reports whether the application has that
	// setting.
	DisableHeaderNormalizing() bool
	// Patterns are those of all routes with the request's method.
	Patterns() iter.Seq[string]
	// Match reports whether a path that the router has fits a pattern.
	Match(path, pattern string) bool
}

// Middleware gives the request its session, and stores what the handler changed
// before the response's headers leave.
func Middleware(m *core.Manager, f Fiber) error {
	if passesGuards(f) {
		return answer(f, f.NewError(fasthttp.StatusNotFound, "Not Found"))
	}
	if _, mounted := m.FromContext(f.Context()); mounted {
		return f.Next()
	}
	x, err := m.Begin(f.Context(), request{f})
	if err != nil {
		return answer(f, refuse(f, err))
	}
	carry(f, m, x.Context(f.Context()))
	outer := fasthttp.AcquireResponse()
	defer fasthttp.ReleaseResponse(outer)
	f.RequestCtx().Response.Header.CopyTo(&outer.Header)
	return finish(f, x, outer, f.Next())
}

// carry puts the session into the request's context. Fiber v3's Ctx, fasthttp's
// RequestCtx and the requests that Fiber's adaptor makes for net/http are
// contexts as well, and find values elsewhere: they carry it too.
func carry(f Fiber, m *core.Manager, ctx context.Context) {
	f.SetContext(ctx)
	f.RequestCtx().SetUserValue(m, ctx.Value(m))
	f.RequestCtx().SetUserValue(adapter.ContextKey{}, ctx.Value(adapter.ContextKey{}))
}

// finish commits when the handler has returned err. outer has the header that
// it found.
func finish(f Fiber, x adapter.Exchange, outer *fasthttp.Response, err error) error {
	c := f.RequestCtx()
	if late := c.LastTimeoutErrorResponse(); late != nil {
		// fasthttp sends this one. The handler may still write to the other.
		finishLate(f, x, outer, late)
		return nil
	}
	if err != nil && x.Failure() == nil {
		err = answer(f, err)
	}
	headers, failed := x.Commit()
	if failed != nil {
		outer.Header.CopyTo(&c.Response.Header)
		c.Response.ResetBody()
		c.Hijack(nil)
		err = answer(f, refuse(f, failed))
	} else if c.Response.IsBodyStream() {
		end := finisher{x}
		c.SetUserValue(end, end)
	}
	headers.Apply(header{&c.Response.Header})
	return err
}

func finishLate(f Fiber, x adapter.Exchange, outer, response *fasthttp.Response) {
	headers, failed := x.Commit()
	if failed != nil {
		outer.Header.CopyTo(&response.Header)
		write(response, adapter.NewAnswer(failed, request{f}))
	}
	headers.Apply(header{&response.Header})
}

// answer lets the application's error handler write the page as Fiber does, so
// that what it changes is stored with the rest. Fiber would call it again for
// an error that is returned, and outer middleware that drops it would make a
// 200.
func answer(f Fiber, err error) error {
	if err == nil || f.HandleError(err) == nil {
		return nil
	}
	return f.SendStatus(fasthttp.StatusInternalServerError)
}

// Guard lets only requests with a login through.
func Guard(g core.Guard, f Fiber) error {
	f.RequestCtx().Response.Header.Set("Cache-Control", "no-store")
	if err := g.Check(f.Context(), request{f}); err != nil {
		return refuse(f, err)
	}
	return f.Next()
}

// A failure is an error of Fiber, whose text the client may see, and its cause,
// which it may not.
type failure struct{ answer, cause error }

func (f *failure) Error() string   { return f.answer.Error() }
func (f *failure) Unwrap() []error { return []error{f.answer, f.cause} }

// refuse returns an error for the application's error handler if a person will
// read the page. It answers programs at once.
func refuse(f Fiber, err error) error {
	a := adapter.NewAnswer(err, request{f})
	if a.Page {
		return &failure{f.NewError(a.Status, adapter.ErrorText(a.Status)), err}
	}
	write(&f.RequestCtx().Response, a)
	return nil
}

func write(response *fasthttp.Response, a adapter.Answer) {
	a.Apply(header{&response.Header})
	response.SetStatusCode(a.Status)
	response.SetBodyString(a.Body)
}

// request is a request in the form that core knows.
type request struct{ f Fiber }

func (r request) Method() string { return r.f.Method() }
func (r request) Host() string   { return string(r.f.RequestCtx().Request.Header.Host()) }
func (r request) Target() string { return r.f.OriginalURL() }

// Header finds a name in any case, also where Fiber does not: a proxy may send
// sec-fetch-site, and without it a request of another origin would pass.
func (r request) Header(name string) string {
	if !r.f.DisableHeaderNormalizing() {
		return r.f.Get(name)
	}
	first, found := "", false
	r.f.RequestCtx().Request.Header.VisitAll(func(key, value []byte) {
		if !found && strings.EqualFold(string(key), name) {
			first, found = string(value), true
		}
	})
	return first
}

func (r request) Cookies() []string {
	return []string{cookies(&r.f.RequestCtx().Request.Header)}
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

// A finisher stores what a stream writer changed. fasthttp closes the values of
// a request when its response has been written, streams and all. Each Manager
// has one.
type finisher struct{ x adapter.Exchange }

func (f finisher) Close() error {
	f.x.Finish()
	return nil
}
