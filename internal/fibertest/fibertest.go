// Package fibertest is what the adapters of Fiber v2 and v3 are to pass beside
// sessiontest: their code is the same, and so are these tests.
package fibertest

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/internal/chaintest"
)

// A Version is one version of Fiber with its adapter. Where handlers are of type
// any, they are the version's own or a [Handler].
type Version struct {
	Package       string // the adapter's name
	New           func(Config) App
	Middleware    func(*core.Manager) any
	LoginRequired func(core.Guard) any
	From          func(Ctx) *core.Session
	NewError      func(status int, text string) error
	AsError       func(err error) (status int, text string, ok bool) // of Fiber's error in err

	// Middleware that comes with Fiber. Files serves a folder; Skip does not call
	// the handler if the function is true; HTTP adapts a handler of net/http.
	Compress, CORS, EncryptCookies, ETag, RequestID any

	Files   func(folder string) any
	Rewrite func(rules map[string]string) any
	Skip    func(handler any, when func(Ctx) bool) any
	HTTP    func(http.Handler) any
	// Unfound are the paths and the mounts of [Paths] whose files Fiber itself does
	// not find.
	Unfound map[string]bool
	// Server makes a handler of net/http of the application.
	Server func(App) http.Handler
}

// A Config is an application's.
type Config struct {
	ErrorHandler  func(Ctx, error) error // nil for Fiber's own
	UnescapePath  bool
	StrictRouting bool
	// DisableHeaderNormalizing leaves the names of headers as they came.
	DisableHeaderNormalizing bool
}

// An App is an application.
type App interface {
	Use(args ...any) // perhaps a prefix, then handlers
	Get(path string, handlers ...any)
	Post(path string, handlers ...any)
	Group(prefix string, handlers ...any) App
	Mount(prefix string, app App)
	Static(prefix, folder string)
	Handler() fasthttp.RequestHandler
	Test(*http.Request) (*http.Response, error) // without a time limit
}

// A Handler is a handler for each version.
type Handler = func(Ctx) error

// A Ctx is what these tests' handlers use of Fiber's contexts.
type Ctx interface {
	Next() error
	RestartRouting() error
	Path(override ...string) string
	Params(name string, orElse ...string) string
	Cookies(name string, orElse ...string) string
	Set(name, value string)
	SendString(text string) error
	SendStatus(status int) error
	SendFile(path string) error
	RequestCtx() *fasthttp.RequestCtx
	Context() context.Context
	// Values is what Fiber's users take for a context beside Context.
	Values() context.Context
}

// site returns an application with sessions of the store behind other middleware.
// It has a login, a page that tells the user and one that changes the session.
func (v Version) site(t *testing.T, store *chaintest.Store, c Config, outer ...any) App {
	t.Helper()
	app := v.New(c)
	for _, h := range append(outer, v.Middleware(chaintest.Manager(store))) {
		app.Use(h)
	}
	app.Get("/login", v.login)
	app.Get("/user", func(c Ctx) error { return c.SendString(v.From(c).User()) })
	app.Get("/change", v.change)
	app.Post("/change", v.change)
	app.Get("/guarded", v.LoginRequired(core.Guard{}), v.change)
	return app
}

func (v Version) login(c Ctx) error { v.From(c).Login("ada"); return nil }

func (v Version) change(c Ctx) error {
	chaintest.Clicks.Set(v.From(c), 1)
	return c.SendString("changed")
}

// A reply is a response whose body was read.
type reply struct {
	*http.Response
	body string
}

// get sends a request with the cookies of an earlier reply, if any; header is names and values in turn.
func get(t *testing.T, app App, path string, earlier *reply, header ...string) *reply {
	t.Helper()
	var cookies []*http.Cookie
	if earlier != nil {
		cookies = earlier.Cookies()
	}
	answer, err := app.Test(chaintest.Request(path, cookies, header...))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &reply{answer, string(body)}
}

// run runs the tests of a file, by their names.
func run(t *testing.T, v Version, tests map[string]func(*testing.T, Version)) {
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, v) })
	}
}
