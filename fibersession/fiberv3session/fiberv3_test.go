package fiberv3session_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/cache"
	"github.com/gofiber/fiber/v3/middleware/timeout"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/fibersession/fiberv3session"
	"github.com/ringsession/ringsession/internal/chaintest"
)

// send sends a person's request and returns the answer, whose body is not read.
func send(t *testing.T, app *fiber.App, path string, cookies ...*http.Cookie) *http.Response {
	t.Helper()
	answer, err := app.Test(chaintest.Request(path, cookies), fiber.TestConfig{})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer
}

func TestFibersTimeoutLeavesTheSessionToItsLateHandler(t *testing.T) {
	answered, saved := make(chan struct{}), make(chan error, 1)
	app := fiber.New()
	app.Use(fiberv3session.Middleware(chaintest.Manager(new(chaintest.Store))))
	app.Get("/slow", timeout.New(func(c fiber.Ctx) error {
		s, ctx := fiberv3session.From(c), c.Context()
		s.Login("ada")
		<-answered
		chaintest.Clicks.Set(s, 7)
		saved <- s.Save(context.WithoutCancel(ctx))
		return nil
	}, timeout.Config{Timeout: time.Millisecond}))
	app.Get("/", func(c fiber.Ctx) error {
		n, _ := chaintest.Clicks.Get(fiberv3session.From(c))
		c.Status(200 + n)
		return nil
	})
	late := send(t, app, "/slow")
	close(answered)
	chaintest.Want(t, "status", late.StatusCode, http.StatusRequestTimeout)
	chaintest.Want(t, "cookies", len(late.Cookies()), 1)
	chaintest.Want(t, "a late Save", <-saved, nil)
	chaintest.Want(t, "200 and the clicks", send(t, app, "/", late.Cookies()...).StatusCode, 207)
}

// A customCtx is what applications make of Fiber's own.
type customCtx struct{ fiber.DefaultCtx }

func TestContextsOfTheApplicationsOwn(t *testing.T) {
	app := fiber.NewWithCustomCtx(func(app *fiber.App) fiber.CustomCtx {
		return &customCtx{*fiber.NewDefaultCtx(app)}
	})
	app.Use(fiberv3session.Middleware(chaintest.Manager(new(chaintest.Store))))
	app.Get("/login", func(c fiber.Ctx) error {
		fiberv3session.From(c).Login("ada")
		return nil
	})
	app.Get("/account", fiberv3session.LoginRequired(core.Guard{}), func(c fiber.Ctx) error {
		_, own := c.(*customCtx)
		chaintest.Want(t, "the handler gets the application's own context", own, true)
		return c.SendStatus(http.StatusTeapot)
	})
	chaintest.Want(t, "nobody", send(t, app, "/account").StatusCode, http.StatusUnauthorized)
	ada := send(t, app, "/login").Cookies()
	chaintest.Want(t, "ada", send(t, app, "/account", ada...).StatusCode, http.StatusTeapot)
}

// The cache that Fiber comes with obeys Vary and no-store. Inside of the
// middleware, it does not see them.
func TestFibersCacheOutsideKeepsUsersApart(t *testing.T) {
	app := fiber.New()
	app.Use(cache.New(), fiberv3session.Middleware(chaintest.Manager(new(chaintest.Store))))
	app.Get("/login/:user", func(c fiber.Ctx) error {
		fiberv3session.From(c).Login(c.Params("user"))
		return nil
	})
	app.Get("/", func(c fiber.Ctx) error {
		return c.Status(200 + len(fiberv3session.From(c).User())).SendString("hello")
	})
	ada, grace := send(t, app, "/login/ada").Cookies(), send(t, app, "/login/grace").Cookies()
	for range 2 {
		chaintest.Want(t, "ada", send(t, app, "/", ada...).StatusCode, 203)
		chaintest.Want(t, "grace", send(t, app, "/", grace...).StatusCode, 205)
		chaintest.Want(t, "a stranger", send(t, app, "/").StatusCode, 200)
	}
}
