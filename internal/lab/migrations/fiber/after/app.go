// Package after is the application of the page, with fibersession.
package after

import (
	"fmt"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/fibersession"
)

const visits core.Key[int] = "visits"

// Application is the application.
func Application(sessions *core.Manager, more ...fiber.Handler) *fiber.App {
	app := fiber.New()
	app.Use(recover.New(), fibersession.Middleware(sessions))
	for _, handler := range more {
		app.Use(handler)
	}
	app.Get("/", func(c *fiber.Ctx) error {
		s := fibersession.From(c)
		n, _ := visits.Get(s)
		visits.Set(s, n+1)
		return c.SendString(fmt.Sprintf("visit %d of %q", n+1, s.User()))
	})
	app.Post("/login", func(c *fiber.Ctx) error {
		fibersession.From(c).Login(c.FormValue("user"))
		return c.Redirect("/account", fiber.StatusSeeOther)
	})
	app.Post("/logout", func(c *fiber.Ctx) error {
		fibersession.From(c).Logout()
		return c.Redirect("/", fiber.StatusSeeOther)
	})
	app.Get("/account", fibersession.LoginRequired(core.Guard{LoginURL: "/login"}), func(c *fiber.Ctx) error {
		return c.SendString(fmt.Sprintf("account of %q", fibersession.From(c).User()))
	})
	return app
}
