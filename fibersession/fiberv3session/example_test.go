package fiberv3session_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/fibersession/fiberv3session"
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

// ask sends a GET to the application, with the cookies that earlier responses set.
func ask(app *fiber.App, path string, earlier ...*http.Response) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html") // as browsers do
	for _, response := range earlier {
		for _, cookie := range response.Cookies() {
			r.AddCookie(cookie)
		}
	}
	response, err := app.Test(r, fiber.TestConfig{})
	if err != nil {
		panic(err)
	}
	return response
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
