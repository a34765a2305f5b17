package fiberv3session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/gofiber/fiber/v3"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/fibersession/fiberv3session"
)

// The page for a session that could not be read or saved comes from the application's error handler, which finds a
// [fiber.Error] with the status in the error, and the cause.
func ExampleMiddleware_errorPage() {
	app := fiber.New(fiber.Config{ErrorHandler: func(c fiber.Ctx, err error) error {
		status := fiber.StatusInternalServerError
		if answer := (*fiber.Error)(nil); errors.As(err, &answer) {
			status = answer.Code
		}
		return c.Status(status).SendString("We are back in a moment.")
	}})
	app.Use(fiberv3session.Middleware(withoutStore()))
	app.Get("/login", func(c fiber.Ctx) error {
		fiberv3session.From(c).Login("ada")
		return c.Redirect().To("/")
	})

	response := ask(app, "/login")
	body, _ := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body), len(response.Cookies()), "cookies")
	// Output: 503 We are back in a moment. 0 cookies
}

// withoutStore returns sessions of a store that is down.
func withoutStore() *core.Manager {
	sessions, err := core.New(broken{memstore.New()}, bytes.Repeat([]byte("example."), 4), &core.Options{
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	return sessions
}

type broken struct{ *memstore.Store }

func (broken) Create(context.Context, store.ID, store.Delta) error {
	return errors.New("connection refused")
}
