// Package before is the application of the page, with Fiber's session middleware.
package before

import (
	"fmt"
	"strconv"
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
		id, _ := s.Get("userID").(uint)
		if err := s.Save(); err != nil {
			return err
		}
		return c.SendString(fmt.Sprintf("visit %d of user %d", n+1, id))
	})
	app.Post("/login", func(c *fiber.Ctx) error {
		s, err := store.Get(c)
		if err != nil {
			return err
		}
		if err := s.Regenerate(); err != nil {
			return err
		}
		id, _ := strconv.ParseUint(c.FormValue("user"), 10, 0)
		s.Set("userID", uint(id))
		if c.FormValue("remember") == "on" {
			s.Set("remember", true)
			s.SetExpiry(30 * 24 * time.Hour)
		}
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
		id, ok := s.Get("userID").(uint)
		if !ok {
			return c.Redirect("/login", fiber.StatusSeeOther)
		}
		return c.SendString(fmt.Sprintf("account of user %d", id))
	})
	return app
}
