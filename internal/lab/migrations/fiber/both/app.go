// Package both takes sessions over from Fiber's session middleware.
package both

import (
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v2/middleware/session"
	"github.com/gofiber/fiber/v2/utils"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/internal/lab/migrations/takeover"
)

const visits core.Key[int] = "visits"

// Move gives the new session what should stay of the old one.
func Move(old *session.Session, s *core.Session) {
	if user := takeover.User(old.Get("userID")); user != "" {
		remember, _ := old.Get("remember").(bool)
		s.LoginWith(core.Login{User: user, Remember: remember})
	}
	if n, ok := old.Get("visits").(int); ok {
		visits.Set(s, n)
	}
}

// TakeOver takes the sessions of the store over; cookie is the name in its
// KeyLookup. It goes before the middleware of ringsession. As
// takeover.Bridge.Middleware does it, the browser sends the request again.
func TakeOver(
	b takeover.Bridge, store *session.Store, cookie string, move func(*session.Session, *core.Session),
) fiber.Handler {
	return func(c *fiber.Ctx) error {
		id, again := utils.CopyString(c.Cookies(cookie)), core.NextPath(c.OriginalURL(), "")
		if id == "" || again == "" {
			return c.Next()
		}
		r, err := adaptor.ConvertRequest(c, true)
		if err != nil {
			return err
		}
		read := func(s *core.Session) error {
			old, err := store.Get(c)
			if err == nil && !old.Fresh() {
				move(old, s)
			}
			return err
		}
		end := func() error {
			old, err := store.Get(c)
			if err == nil {
				err = old.Destroy()
			}
			return err
		}
		lines, err := b.Cookies(c.UserContext(), adapter.NewRequest(r), id, read, end)
		if err != nil {
			return fiber.NewError(core.HTTPStatus(err), core.ErrorText(core.HTTPStatus(err)))
		}
		if lines == nil {
			return c.Next()
		}
		for _, line := range lines {
			c.Response().Header.Add(fiber.HeaderSetCookie, line)
		}
		c.Set(fiber.HeaderCacheControl, "no-store")
		return c.Redirect(again, fiber.StatusTemporaryRedirect)
	}
}
