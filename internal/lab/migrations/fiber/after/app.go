// Package after is the application of the page, with fibersession.
package after

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/fibersession"
)

const visits core.Key[int] = "visits"

// Application is the application; outside is what runs before the middleware of
// ringsession.
func Application(sessions *core.Manager, outside ...fiber.Handler) *fiber.App {
	app := fiber.New(fiber.Config{ErrorHandler: Page})
	app.Use(recover.New())
	for _, handler := range outside {
		app.Use(handler)
	}
	app.Use(fibersession.Middleware(sessions))
	app.Get("/", func(c *fiber.Ctx) error {
		s := fibersession.From(c)
		n, _ := visits.Get(s)
		visits.Set(s, n+1)
		return c.SendString(fmt.Sprintf("visit %d of user %d", n+1, userID(s)))
	})
	app.Post("/login", func(c *fiber.Ctx) error {
		fibersession.From(c).LoginWith(core.Login{
			User:     c.FormValue("user"),
			Remember: c.FormValue("remember") == "on",
		})
		return c.Redirect("/account", fiber.StatusSeeOther)
	})
	app.Post("/logout", func(c *fiber.Ctx) error {
		fibersession.From(c).Logout()
		return c.Redirect("/", fiber.StatusSeeOther)
	})
	app.Get("/account", fibersession.LoginRequired(core.Guard{LoginURL: "/login"}), func(c *fiber.Ctx) error {
		return c.SendString(fmt.Sprintf("account of user %d", userID(fibersession.From(c))))
	})
	return app
}

// userID returns the number of the user who is logged in, or 0.
func userID(s *core.Session) uint {
	id, _ := strconv.ParseUint(s.User(), 10, 0)
	return uint(id)
}

// Page is the error handler. The handler that sets a Local may not have run,
// and a request of another origin has no session.
func Page(c *fiber.Ctx, err error) error {
	status := fiber.StatusInternalServerError
	if answer := (*fiber.Error)(nil); errors.As(err, &answer) {
		status = answer.Code
	}
	language, ok := c.Locals("language").(string)
	if !ok {
		language = "en"
	}
	user := ""
	if s, ok := core.FromContext(c.UserContext()); ok {
		user = s.User()
	}
	return c.Status(status).SendString(fmt.Sprintf("sorry, in %q, for user %q", language, user))
}
