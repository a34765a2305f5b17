package fiberv3session_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	fiberrecover "github.com/gofiber/fiber/v3/middleware/recover"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adaptertest"
	"github.com/ringsession/ringsession/fibersession/fiberv3session"
	"github.com/ringsession/ringsession/internal/fibertest"
)

func TestScenarios(t *testing.T) {
	adaptertest.Run(t, adaptertest.Framework{Name: "Fiber v3", Serve: serve, Cannot: fibertest.Cannot})
}

func serve(t testing.TB, ln net.Listener, app adaptertest.App) {
	config := fiber.Config{
		ReadBufferSize: 64 << 10,
		// fasthttp waits for the rest of a header that a line feed cut in two.
		ReadTimeout: time.Second,
		IdleTimeout: time.Minute,
	}
	config.ErrorHandler = func(c fiber.Ctx, err error) error {
		if app.OnError != nil {
			app.OnError(newExchange(c), err)
		}
		if app.ErrorPage == nil {
			return discreet(c, err)
		}
		answer := fiber.ErrInternalServerError
		errors.As(err, &answer)
		return c.Status(answer.Code).SendString(app.ErrorPage(answer.Code))
	}
	f := fiber.New(config)
	f.Use(fiberrecover.New())
	f.Use(func(c fiber.Ctx) error {
		for name, values := range app.OuterHeader {
			for _, value := range values {
				c.Response().Header.Add(name, value)
			}
		}
		return c.Next()
	})
	f.Use(fiberv3session.Middleware(app.Manager))
	if app.Between != nil {
		f.Use(func(c fiber.Ctx) error {
			app.Between(newExchange(c))
			return c.Next()
		}, fiberv3session.Middleware(app.Manager))
	}
	if app.Inside != nil {
		f.Use(adaptor.HTTPMiddleware(app.Inside))
	}
	for _, route := range app.Routes {
		var handlers []any
		if route.Guard != nil {
			handlers = append(handlers, fiberv3session.LoginRequired(*route.Guard))
		}
		if route.Handle != nil {
			handlers = append(handlers, func(c fiber.Ctx) error { return route.Handle(newExchange(c)) })
			f.Add([]string{route.Method}, route.Path, handlers[0], handlers[1:]...)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- f.Listener(ln, fiber.ListenConfig{DisableStartupMessage: true}) }()
	t.Cleanup(func() {
		if err := errors.Join(f.Shutdown(), <-ended); err != nil {
			t.Errorf("the server ended: %v", err)
		}
	})
}

// discreet leaves out the text of a 400, which from fasthttp 1.70 on repeats the header that could not be read: the Cookie
// header, for instance. Such a request never reaches an adapter.
func discreet(c fiber.Ctx, err error) error {
	if answer := (*fiber.Error)(nil); errors.As(err, &answer) && answer.Code == http.StatusBadRequest {
		err = fiber.ErrBadRequest
	}
	return fiber.DefaultErrorHandler(c, err)
}

// exchange keeps the context, because streams end when Fiber uses c for another request.
type exchange struct {
	c   fiber.Ctx
	ctx context.Context
}

func newExchange(c fiber.Ctx) exchange { return exchange{c, c.Context()} }

func (x exchange) Session() *core.Session       { return fiberv3session.From(x.c) }
func (x exchange) Context() context.Context     { return x.ctx }
func (x exchange) Query(name string) string     { return x.c.Query(name) }
func (x exchange) SetHeader(name, value string) { x.c.Set(name, value) }
func (x exchange) AddHeader(name, value string) { x.c.Response().Header.Add(name, value) }

func (x exchange) Text(status int, body string) error { return x.c.Status(status).SendString(body) }

func (x exchange) Redirect(status int, location string) error {
	return x.c.Redirect().Status(status).To(location)
}

func (x exchange) Forward(path string) error {
	x.c.Path(path)
	return x.c.RestartRouting()
}

func (x exchange) Stream(write func(io.Writer, func() error) error) error {
	return x.c.SendStreamWriter(func(w *bufio.Writer) { _ = write(w, w.Flush) })
}
