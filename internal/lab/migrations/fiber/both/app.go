// Package both takes logins over from Fiber's session middleware.
package both

import (
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/session"
	"github.com/ringsession/ringsession/fibersession"
)

// TakeOver goes behind fibersession.Middleware. A visitor who is still signed in with the old session is signed in with the
// new one. The old session ends first, so that there are never two to log out of.
func TakeOver(store *session.Store) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if c.Cookies("session_id") == "" {
			return c.Next()
		}
		old, err := store.Get(c)
		if err != nil {
			return err
		}
		user, _ := old.Get("user").(string)
		if s := fibersession.From(c); user != "" && s.User() == "" && s.Err() == nil {
			if old.Destroy() == nil {
				s.Login(user)
			}
		}
		return c.Next()
	}
}
