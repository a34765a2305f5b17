package fibersession_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/cors"
	"github.com/gofiber/fiber/v2/middleware/encryptcookie"
	"github.com/gofiber/fiber/v2/middleware/etag"
	"github.com/gofiber/fiber/v2/middleware/filesystem"
	"github.com/gofiber/fiber/v2/middleware/requestid"
	"github.com/gofiber/fiber/v2/middleware/rewrite"
	"github.com/gofiber/fiber/v2/middleware/skip"
	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/internal/fibertest"
)

func TestChains(t *testing.T)   { fibertest.Chains(t, v2) }
func TestContexts(t *testing.T) { fibertest.Contexts(t, v2) }
func TestCookies(t *testing.T)  { fibertest.Cookies(t, v2) }

func TestFromWithoutMiddleware(t *testing.T) { fibertest.WithoutMiddleware(t, v2) }

// H38
func TestNoSpellingOfAPathLeadsPastAGuard(t *testing.T) { fibertest.Paths(t, v2) }

var v2 = fibertest.Version{
	Package:       "fibersession",
	New:           newApp,
	Middleware:    func(m *core.Manager) any { return fibersession.Middleware(m) },
	LoginRequired: func(g core.Guard) any { return fibersession.LoginRequired(g) },
	From:          func(c fibertest.Ctx) *core.Session { return fibersession.From(c.(ctx).Ctx) },
	NewError:      func(status int, text string) error { return fiber.NewError(status, text) },
	AsError: func(err error) (status int, text string, ok bool) {
		answer := new(fiber.Error)
		ok = errors.As(err, &answer)
		return answer.Code, answer.Message, ok
	},
	Compress: compress.New(), CORS: cors.New(), ETag: etag.New(), RequestID: requestid.New(),
	EncryptCookies: encryptcookie.New(encryptcookie.Config{Key: encryptcookie.GenerateKey()}),
	Files: func(folder string) any {
		return filesystem.New(filesystem.Config{Root: http.Dir(folder)})
	},
	Unfound: map[string]bool{"files of a middleware": true}, // it decodes nothing
	Rewrite: func(rules map[string]string) any { return rewrite.New(rewrite.Config{Rules: rules}) },
	Skip: func(h any, when func(fibertest.Ctx) bool) any {
		return skip.New(native(h)[0], func(c *fiber.Ctx) bool { return when(ctx{c}) })
	},
	HTTP:   func(h http.Handler) any { return adaptor.HTTPHandler(h) },
	Server: func(a fibertest.App) http.Handler { return adaptor.FiberApp(a.(app).App) },
}

func newApp(c fibertest.Config) fibertest.App {
	config := fiber.Config{UnescapePath: c.UnescapePath, StrictRouting: c.StrictRouting, DisableHeaderNormalizing: c.DisableHeaderNormalizing}
	if c.ErrorHandler != nil {
		config.ErrorHandler = func(c2 *fiber.Ctx, err error) error { return c.ErrorHandler(ctx{c2}, err) }
	}
	f := fiber.New(config)
	return app{f, f}
}

// app is an application, or a group of one.
type app struct {
	*fiber.App
	router fiber.Router
}

func (a app) Get(path string, handlers ...any)     { a.router.Get(path, native(handlers...)...) }
func (a app) Post(path string, handlers ...any)    { a.router.Post(path, native(handlers...)...) }
func (a app) Mount(prefix string, b fibertest.App) { a.App.Mount(prefix, b.(app).App) }
func (a app) Static(prefix, folder string)         { a.App.Static(prefix, folder) }

func (a app) Use(args ...any) {
	for i, arg := range args {
		if _, prefix := arg.(string); !prefix {
			args[i] = native(arg)[0]
		}
	}
	a.router.Use(args...)
}

func (a app) Group(prefix string, handlers ...any) fibertest.App {
	return app{a.App, a.router.Group(prefix, native(handlers...)...)}
}

func (a app) Test(r *http.Request) (*http.Response, error) { return a.App.Test(r, -1) }

// native makes handlers of this version.
func native(handlers ...any) (made []fiber.Handler) {
	for _, h := range handlers {
		if general, ok := h.(fibertest.Handler); ok {
			h = func(c *fiber.Ctx) error { return general(ctx{c}) }
		}
		made = append(made, h.(fiber.Handler))
	}
	return made
}

type ctx struct{ *fiber.Ctx }

func (c ctx) Context() context.Context         { return c.UserContext() }
func (c ctx) Values() context.Context          { return c.Ctx.Context() }
func (c ctx) RequestCtx() *fasthttp.RequestCtx { return c.Ctx.Context() }
func (c ctx) SendFile(path string) error       { return c.Ctx.SendFile(path) }
