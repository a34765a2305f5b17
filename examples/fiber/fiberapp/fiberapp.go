// Package fiberapp is a small application with a login, on Fiber v2.
package fiberapp

import (
	"bufio"
	"context"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/fibersession"
)

// New returns the application's server.
func New(s *site.Site) site.Server {
	a := app{s.Pages("Fiber")}
	f := fiber.New(fiber.Config{DisableStartupMessage: true, ReadTimeout: 5 * time.Second, IdleTimeout: 3 * time.Minute})
	f.Use(recover.New(), fibersession.Middleware(s.Sessions))

	loginRequired := fibersession.LoginRequired(core.Guard{LoginURL: "/login"})
	f.Get("/", loginRequired, a.home)
	f.Post("/note", loginRequired, a.note)
	f.Post("/renew", loginRequired, a.renew)
	f.Get("/whoami", fibersession.LoginRequired(core.Guard{}), a.whoami)
	f.Get("/events", fibersession.LoginRequired(core.Guard{}), a.events)
	f.Get("/login", a.loginPage)
	f.Post("/login", a.login)
	f.Post("/logout", a.logout)
	f.Get("/devices", loginRequired, a.devices)
	f.Post("/devices/end", loginRequired, a.endDevice)
	f.Post("/devices/end-others", loginRequired, a.endOthers)
	f.Post("/admin/end", loginRequired, a.endUser)
	fresh := core.Guard{LoginURL: "/login", MaxAge: s.Fresh, ConfirmURL: "/confirm"}
	f.Get("/vault", fibersession.LoginRequired(fresh), a.vault)
	f.Get("/confirm", loginRequired, a.confirmPage)
	f.Post("/confirm", loginRequired, a.confirm)
	return server{f}
}

type app struct{ pages site.Pages }

func (a app) home(c *fiber.Ctx) error {
	return html(c, fiber.StatusOK, a.pages.Home(fibersession.From(c)))
}

func (a app) note(c *fiber.Ctx) error {
	a.pages.Keep(fibersession.From(c), c.FormValue("note"))
	return c.Redirect("/", fiber.StatusSeeOther)
}

func (a app) renew(c *fiber.Ctx) error {
	a.pages.Renew(fibersession.From(c))
	return c.Redirect("/", fiber.StatusSeeOther)
}

func (a app) whoami(c *fiber.Ctx) error {
	return c.JSON(a.pages.Whoami(fibersession.From(c)))
}

func (a app) events(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/event-stream")
	c.Set(fiber.HeaderCacheControl, "no-store")
	session := fibersession.From(c) // the writer runs after the handler, until when c is good
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		a.pages.Stream(context.Background(), session, func(event []byte) error {
			_, _ = w.Write(event) // Flush has its error
			return w.Flush()
		})
	})
	return nil
}

func (a app) loginPage(c *fiber.Ctx) error {
	return html(c, fiber.StatusOK, a.pages.Login(site.LoginForm{Next: c.Query("next")}, nil))
}

func (a app) login(c *fiber.Ctx) error {
	form := site.LoginForm{
		Name: c.FormValue("name"), Password: c.FormValue("password"),
		Remember: c.FormValue("remember") == "on", Next: c.FormValue("next"),
	}
	if err := site.SignIn(fibersession.From(c), form); err != nil {
		return html(c, fiber.StatusUnauthorized, a.pages.Login(form, err))
	}
	return c.Redirect(core.NextPath(form.Next, "/"), fiber.StatusSeeOther)
}

func (a app) logout(c *fiber.Ctx) error {
	fibersession.From(c).Logout()
	return c.Redirect("/login", fiber.StatusSeeOther)
}

func (a app) devices(c *fiber.Ctx) error {
	session := fibersession.From(c)
	devices, err := a.pages.Devices(c.UserContext(), session)
	if err != nil {
		return failed(err)
	}
	devices.SetHeaders(c.Set)
	if site.WantsJSON(c.Get(fiber.HeaderAccept)) {
		return c.JSON(devices.List)
	}
	return html(c, fiber.StatusOK, a.pages.DevicesPage(session, devices))
}

func (a app) endDevice(c *fiber.Ctx) error {
	return ended(c, a.pages.EndDevice(c.UserContext(), fibersession.From(c), c.FormValue("place")))
}

func (a app) endOthers(c *fiber.Ctx) error {
	return ended(c, a.pages.EndOthers(c.UserContext(), fibersession.From(c)))
}

func (a app) endUser(c *fiber.Ctx) error {
	session := fibersession.From(c)
	if !site.IsAdmin(session) {
		return fiber.NewError(fiber.StatusForbidden, site.NotAdmin)
	}
	return ended(c, a.pages.EndUser(c.UserContext(), session, c.FormValue("user")))
}

func ended(c *fiber.Ctx, err error) error {
	if err != nil {
		return failed(err)
	}
	return c.Redirect(core.NextPath(c.FormValue("next"), "/devices"), fiber.StatusSeeOther)
}

// failed returns an error that tells the client no more than it may know.
func failed(err error) error {
	status := core.HTTPStatus(err)
	return fiber.NewError(status, core.ErrorText(status))
}

func (a app) vault(c *fiber.Ctx) error {
	return html(c, fiber.StatusOK, a.pages.Vault(fibersession.From(c)))
}

func (a app) confirmPage(c *fiber.Ctx) error {
	return html(c, fiber.StatusOK, a.pages.Confirm(fibersession.From(c), c.Query("next"), nil))
}

func (a app) confirm(c *fiber.Ctx) error {
	session, next := fibersession.From(c), c.FormValue("next")
	if err := site.Confirm(session, c.FormValue("password")); err != nil {
		return html(c, fiber.StatusUnauthorized, a.pages.Confirm(session, next, err))
	}
	return c.Redirect(core.NextPath(next, "/"), fiber.StatusSeeOther)
}

func html(c *fiber.Ctx, status int, page site.Page) error {
	page.SetHeaders(c.Set)
	return c.Status(status).Type("html", "utf-8").Send(page.HTML)
}

// A server gives Fiber the methods of an [http.Server].
type server struct{ app *fiber.App }

func (s server) Serve(l net.Listener) error         { return s.app.Listener(l) }
func (s server) Shutdown(ctx context.Context) error { return s.app.ShutdownWithContext(ctx) }
