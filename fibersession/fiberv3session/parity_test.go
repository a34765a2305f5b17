package fiberv3session_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/fibersession/fiberv3session"
	"github.com/ringsession/ringsession/internal/fibertest"
	"github.com/ringsession/ringsession/internal/parity"
)

func TestAdaptersJudgeCookiesAlike(t *testing.T) {
	party := func(name string, before ...any) parity.Party {
		return fibertest.Party(name, func(m *core.Manager, use func(*core.Session)) fasthttp.RequestHandler {
			app := fiber.New()
			app.Use(append(before, fiberv3session.Middleware(m))...)
			app.Get("/", func(c fiber.Ctx) error { use(fiberv3session.From(c)); return nil })
			return app.Handler()
		})
	}
	look := func(c fiber.Ctx) error { _ = c.Cookies("x"); return c.Next() }
	parity.CookiesAlike(t, party("Fiber v3"), party("Fiber v3 after its parser", look))
}

func TestNobodyReadsAnotherUsersData(t *testing.T) { parity.KeepApart(t, serveParity) }

func TestLoginsOnRedis(t *testing.T) { parity.OnRedis(t, serveParity) }

func TestTwoManagersInOneRequest(t *testing.T) { parity.TwoManagers(t, serveParity) }

func serveParity(t *testing.T, handle func(parity.Exchange), managers ...*core.Manager) string {
	app := fiber.New()
	for _, m := range managers {
		app.Use(fiberv3session.Middleware(m))
	}
	app.Get("/:user", func(c fiber.Ctx) error { handle(parityExchange{c}); return nil })
	return parity.During(t, func(ln net.Listener) error {
		return app.Listener(ln, fiber.ListenConfig{DisableStartupMessage: true})
	}, app.Shutdown)
}

type parityExchange struct{ c fiber.Ctx }

func (x parityExchange) Session() *core.Session   { return fiberv3session.From(x.c) }
func (x parityExchange) Context() context.Context { return x.c.Context() }
func (x parityExchange) User() string             { return x.c.Params("user") }
func (x parityExchange) Query(name string) string { return x.c.Query(name) }
func (x parityExchange) Text(body string)         { _ = x.c.SendString(body) }
func (x parityExchange) Stream(write func(io.Writer)) {
	_ = x.c.SendStreamWriter(func(w *bufio.Writer) { write(w) })
}
