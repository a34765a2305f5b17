package fiberv3session_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gofiber/fiber/v3/middleware/recover"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/fibersession/fiberv3session"
	"github.com/ringsession/ringsession/internal/chaintest"
)

const visits core.Counter = "visits"

// newSessions stands for what a program does once, with a secret of its own and a store that all its processes share.
func newSessions() *core.Manager {
	sessions, err := core.New(memstore.New(), bytes.Repeat([]byte("example."), 4), nil)
	if err != nil {
		panic(err)
	}
	return sessions
}

// ask sends a GET, with the cookies that earlier responses set.
func ask(app *fiber.App, path string, earlier ...*http.Response) *http.Response {
	return chaintest.Visit(adaptor.FiberApp(app), path, earlier...)
}

func ExampleMiddleware() {
	sessions := newSessions()
	app := fiber.New()
	app.Use(recover.New(), fiberv3session.Middleware(sessions))
	app.Get("/", func(c fiber.Ctx) error {
		s := fiberv3session.From(c)
		visits.Add(s, 1)
		return c.SendString(fmt.Sprint("visit ", visits.Get(s)))
	})

	first := ask(app, "/")
	second := ask(app, "/", first)
	fmt.Println(first.Cookies()[0].Name)
	fmt.Println(len(second.Cookies()), "new cookies")
	// Output:
	// __Host-session
	// 0 new cookies
}

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
	app.Use(fiberv3session.Middleware(chaintest.Manager(&chaintest.Store{Down: true})))
	app.Get("/login", func(c fiber.Ctx) error {
		fiberv3session.From(c).Login("ada")
		return c.Redirect().To("/")
	})

	response := ask(app, "/login")
	body, _ := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body), len(response.Cookies()), "cookies")
	// Output: 503 We are back in a moment. 0 cookies
}

func ExampleFrom() {
	app := fiber.New()
	app.Use(fiberv3session.Middleware(newSessions()))
	app.Get("/login", func(c fiber.Ctx) error {
		fiberv3session.From(c).Login("ada")
		return nil
	})
	app.Get("/", func(c fiber.Ctx) error {
		fmt.Printf("user %q\n", fiberv3session.From(c).User())
		return nil
	})

	ask(app, "/")
	ask(app, "/", ask(app, "/login"))
	// Output:
	// user ""
	// user "ada"
}

func ExampleLoginRequired() {
	app := fiber.New()
	app.Use(fiberv3session.Middleware(newSessions()))
	app.Get("/account", fiberv3session.LoginRequired(core.Guard{LoginURL: "/login"}), func(c fiber.Ctx) error {
		return c.SendString("hello " + fiberv3session.From(c).User())
	})
	app.Get("/login", func(c fiber.Ctx) error {
		fiberv3session.From(c).Login("ada")
		return nil
	})

	stranger := ask(app, "/account")
	fmt.Println(stranger.StatusCode, stranger.Header.Get("Location"))
	ada := ask(app, "/account", ask(app, "/login"))
	fmt.Println(ada.StatusCode)
	// Output:
	// 303 /login?next=%2Faccount
	// 200
}
