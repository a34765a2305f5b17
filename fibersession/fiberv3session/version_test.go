package fiberv3session_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gofiber/fiber/v3/middleware/compress"
	"github.com/gofiber/fiber/v3/middleware/cors"
	"github.com/gofiber/fiber/v3/middleware/encryptcookie"
	"github.com/gofiber/fiber/v3/middleware/etag"
	"github.com/gofiber/fiber/v3/middleware/requestid"
	"github.com/gofiber/fiber/v3/middleware/rewrite"
	"github.com/gofiber/fiber/v3/middleware/skip"
	"github.com/gofiber/fiber/v3/middleware/static"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/fibersession/fiberv3session"
	"github.com/ringsession/ringsession/internal/fibertest"
)

func TestChains(t *testing.T)   { fibertest.Chains(t, v3) }
func TestContexts(t *testing.T) { fibertest.Contexts(t, v3) }
func TestCookies(t *testing.T)  { fibertest.Cookies(t, v3) }

func TestFromWithoutMiddleware(t *testing.T) { fibertest.WithoutMiddleware(t, v3) }

// H38
func TestNoSpellingOfAPathLeadsPastAGuard(t *testing.T) { fibertest.Paths(t, v3) }

var v3 = fibertest.Version{
	Package:       "fiberv3session",
	New:           newApp,
	Middleware:    func(m *core.Manager) any { return fiberv3session.Middleware(m) },
	LoginRequired: func(g core.Guard) any { return fiberv3session.LoginRequired(g) },
	From:          func(c fibertest.Ctx) *core.Session { return fiberv3session.From(c.(ctx).Ctx) },
	NewError:      func(status int, text string) error { return fiber.NewError(status, text) },
	AsError: func(err error) (status int, text string, ok bool) {
		answer := new(fiber.Error)
		ok = errors.As(err, &answer)
		return answer.Code, answer.Message, ok
	},
	Compress: compress.New(), CORS: cors.New(), ETag: etag.New(), RequestID: requestid.New(),
	EncryptCookies: encryptcookie.New(encryptcookie.Config{Key: encryptcookie.GenerateKey(32)}),
	Files: func(folder string) any {
		return static.New("", static.Config{FS: os.DirFS(folder)})
	},
	Unfound: map[string]bool{"/pub/100%25": true}, // it decodes until nothing is left to decode
	Rewrite: func(rules map[string]string) any { return rewrite.New(rewrite.Config{Rules: rules}) },
	Skip: func(h any, when func(fibertest.Ctx) bool) any {
		return skip.New(native(h)[0].(fiber.Handler), func(c fiber.Ctx) bool { return when(ctx{c}) })
	},
	HTTP:   func(h http.Handler) any { return adaptor.HTTPHandler(h) },
	Server: func(a fibertest.App) http.Handler { return adaptor.FiberApp(a.(app).App) },
}

func newApp(c fibertest.Config) fibertest.App {
	config := fiber.Config{UnescapePath: c.UnescapePath, StrictRouting: c.StrictRouting, DisableHeaderNormalizing: c.DisableHeaderNormalizing}
	if c.ErrorHandler != nil {
		config.ErrorHandler = func(c2 fiber.Ctx, err error) error { return c.ErrorHandler(ctx{c2}, err) }
	}
	f := fiber.New(config)
	return app{f, f}
}

// app is an application, or a group of one.
type app struct {
	*fiber.App
	router fiber.Router
}

func (a app) Get(path string, handlers ...any)     { a.add(a.router.Get, path, handlers) }
func (a app) Post(path string, handlers ...any)    { a.add(a.router.Post, path, handlers) }
func (a app) Mount(prefix string, b fibertest.App) { a.App.Use(prefix, b.(app).App) }
func (a app) Static(prefix, folder string)         { a.App.Use(prefix, static.New(folder)) }

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

func (a app) Test(r *http.Request) (*http.Response, error) { return a.App.Test(r, fiber.TestConfig{}) }

func (a app) add(to func(string, any, ...any) fiber.Router, path string, handlers []any) {
	made := native(handlers...)
	to(path, made[0], made[1:]...)
}

// native makes handlers of this version.
func native(handlers ...any) (made []any) {
	for _, h := range handlers {
		if general, ok := h.(fibertest.Handler); ok {
			h = func(c fiber.Ctx) error { return general(ctx{c}) }
		}
		made = append(made, h)
	}
	return made
}

type ctx struct{ fiber.Ctx }

func (c ctx) Values() context.Context    { return c.Ctx }
func (c ctx) SendFile(path string) error { return c.Ctx.SendFile(path) }
