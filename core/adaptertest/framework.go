package adaptertest

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/ringsession/ringsession/core"
)

// A Framework is what an adapter's test tells [Run].
type Framework struct {
	// Name of the framework, for messages.
	Name string
	// Serve makes an application of the framework from app and lets it answer
	// on ln until the test ends; it does not wait for that. It accepts requests
	// with 64 KiB of headers. Frameworks that are an http.Handler end it with
	// [Serve].
	Serve func(t testing.TB, ln net.Listener, app App)
	// Cannot names the scenarios that the framework has no way to play, each
	// with the reason. They are skipped with that reason; a name that no
	// scenario has is a failure.
	Cannot map[string]string
}

// An App is an application, described without a framework. From the outside to
// the inside it has: the framework's recovery middleware, which answers a panic
// with 500; a middleware that sets OuterHeader; the adapter's Middleware; the
// routes.
type App struct {
	Manager *core.Manager
	Routes  []Route
	// OuterHeader is set on every response, before the adapter's Middleware is
	// called. May be nil.
	OuterHeader http.Header
	// Between, if not nil, asks for the adapter's Middleware to be mounted a
	// second time inside the first, with a middleware between the two that
	// calls Between and goes on.
	Between func(Exchange)
	// Inside, if not nil, is a middleware of net/http to be mounted inside the
	// adapter's Middleware, in the framework's way. It passes on the
	// ResponseWriter that it got.
	Inside func(http.Handler) http.Handler
	// ErrorPage, if not nil, is the text of the application's own error page
	// for a status. A framework with an error handler installs one that answers
	// with the error's status and this text; the others leave it to
	// [core.Options.ErrorPage], which is set accordingly.
	ErrorPage func(status int) string
	// OnError, if not nil, is called with an error that a handler returned,
	// where an application of the framework turns it into a page: in its error
	// handler, once for each error, or else in a middleware outside the
	// adapter's. A framework whose handlers report no errors calls it before
	// the 500.
	OnError func(Exchange, error)
}

// A Route is one route of an [App].
type Route struct {
	Method, Path string
	// Guard, if not nil, is handed to the adapter's LoginRequired before the
	// handler.
	Guard *core.Guard
	// Handle is the handler. What it returns goes the framework's way of
	// reporting errors; a framework without one answers 500.
	Handle func(Exchange) error
	// Raw, if not nil, is the handler instead of Handle. It finds its session
	// in the request's context. Frameworks that are not built on net/http
	// cannot play the scenarios that use it.
	Raw http.HandlerFunc
}

// An Exchange is a request and its response as a handler of the framework sees
// them. Strings are handed on as the framework gives them, without a copy.
type Exchange interface {
	// Session is what the adapter's From returns.
	Session() *core.Session
	// Context is the request's context, or what handlers of the framework use
	// in its place. It carries the session.
	Context() context.Context
	// Query returns the first value of a parameter in the URL, or "".
	Query(name string) string
	// SetHeader and AddHeader change the response's header.
	SetHeader(name, value string)
	AddHeader(name, value string)
	// Text answers with the status and a plain text, which may be empty.
	Text(status int, body string) error
	// Redirect answers with the status and the location.
	Redirect(status int, location string) error
	// Forward lets the route of another path answer, within the same request,
	// in the framework's way.
	Forward(path string) error
	// Stream answers 200 with what write writes, and sends it at every flush.
	Stream(write func(w io.Writer, flush func() error) error) error
}
