// Package before is the application of the page, with Fiber's session middleware.
package before

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/gofiber/fiber/v2/middleware/session"
)

// Store is what main made once; the storage is that of github.com/gofiber/storage/redis.
func Store(storage fiber.Storage) *session.Store {
	return session.New(session.Config{
		Storage: storage, Expiration: 12 * time.Hour, CookiePath: "/", CookieSecure: true, CookieHTTPOnly: true,
	})
}

// Application is the application.
func Application(store *session.Store) *fiber.App {
	app := fiber.New()
	app.Use(recover.New())
	app.Get("/", func(c *fiber.Ctx) error {
		s, err := store.Get(c)
		if err != nil {
			return err
		}
		n, _ := s.Get("visits").(int)
		s.Set("visits", n+1)
		user, _ := s.Get("user").(string)
		if err := s.Save(); err != nil {
			return err
		}
		return c.SendString(fmt.Sprintf("visit %d of %q", n+1, user))
	})
	app.Post("/login", func(c *fiber.Ctx) error {
		s, err := store.Get(c)
		if err != nil {
			return err
		}
		if err := s.Regenerate(); err != nil {
			return err
		}
		s.Set("user", c.FormValue("user"))
		if err := s.Save(); err != nil {
			return err
		}
		return c.Redirect("/account", fiber.StatusSeeOther)
	})
	app.Post("/logout", func(c *fiber.Ctx) error {
		s, err := store.Get(c)
		if err != nil {
			return err
		}
		if err := s.Destroy(); err != nil {
			return err
		}
		return c.Redirect("/", fiber.StatusSeeOther)
	})
	app.Get("/account", func(c *fiber.Ctx) error {
		s, err := store.Get(c)
		if err != nil {
			return err
		}
		user, _ := s.Get("user").(string)
		if user == "" {
			return c.Redirect("/login", fiber.StatusSeeOther)
		}
		return c.SendString(fmt.Sprintf("account of %q", user))
	})
	return app
}
