// Package echoapp is a small application with a login, on Echo v4.
package echoapp

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/examples/site"
)

// New returns the application's server.
func New(s *site.Site) site.Server {
	a := app{s.Pages("Echo")}
	e := echo.New()
	e.HTTPErrorHandler = errorText
	e.Use(middleware.Recover(), echosession.Middleware(s.Sessions))

	loginRequired := echosession.LoginRequired(core.Guard{LoginURL: "/login"})
	e.GET("/", a.home, loginRequired)
	e.POST("/note", a.note, loginRequired)
	e.POST("/renew", a.renew, loginRequired)
	e.GET("/whoami", a.whoami, echosession.LoginRequired(core.Guard{}))
	e.GET("/events", a.events, echosession.LoginRequired(core.Guard{}))
	e.GET("/login", a.loginPage)
	e.POST("/login", a.login)
	e.POST("/logout", a.logout)
	e.GET("/devices", a.devices, loginRequired)
	e.POST("/devices/end", a.endDevice, loginRequired)
	e.POST("/devices/end-others", a.endOthers, loginRequired)
	e.POST("/admin/end", a.endUser, loginRequired)
	fresh := core.Guard{LoginURL: "/login", MaxAge: s.Fresh, ConfirmURL: "/confirm"}
	e.GET("/vault", a.vault, echosession.LoginRequired(fresh))
	e.GET("/confirm", a.confirmPage, loginRequired)
	e.POST("/confirm", a.confirm, loginRequired)
	return site.NewServer(e)
}

type app struct{ pages site.Pages }

func (a app) home(c echo.Context) error {
	return html(c, http.StatusOK, a.pages.Home(echosession.From(c)))
}

func (a app) note(c echo.Context) error {
	a.pages.Keep(echosession.From(c), c.FormValue("note"))
	return c.Redirect(http.StatusSeeOther, "/")
}

func (a app) renew(c echo.Context) error {
	a.pages.Renew(echosession.From(c))
	return c.Redirect(http.StatusSeeOther, "/")
}

func (a app) whoami(c echo.Context) error {
	return c.JSON(http.StatusOK, a.pages.Whoami(echosession.From(c)))
}

func (a app) events(c echo.Context) error {
	a.pages.StreamTo(c.Response(), c.Request(), echosession.From(c))
	return nil
}

func (a app) loginPage(c echo.Context) error {
	return html(c, http.StatusOK, a.pages.Login(site.LoginForm{Next: c.QueryParam("next")}, nil))
}

func (a app) login(c echo.Context) error {
	form := site.LoginForm{
		Name: c.FormValue("name"), Password: c.FormValue("password"),
		Remember: c.FormValue("remember") == "on", Next: c.FormValue("next"),
	}
	if err := site.SignIn(echosession.From(c), form); err != nil {
		return html(c, http.StatusUnauthorized, a.pages.Login(form, err))
	}
	return c.Redirect(http.StatusSeeOther, core.NextPath(form.Next, "/"))
}

func (a app) logout(c echo.Context) error {
	echosession.From(c).Logout()
	return c.Redirect(http.StatusSeeOther, "/login")
}

func (a app) devices(c echo.Context) error {
	session := echosession.From(c)
	devices, err := a.pages.Devices(c.Request().Context(), session)
	if err != nil {
		return failed(err)
	}
	devices.SetHeaders(c.Response().Header().Set)
	if site.WantsJSON(c.Request().Header.Get("Accept")) {
		return c.JSON(http.StatusOK, devices.List)
	}
	return html(c, http.StatusOK, a.pages.DevicesPage(session, devices))
}

func (a app) endDevice(c echo.Context) error {
	return ended(c, a.pages.EndDevice(c.Request().Context(), echosession.From(c), c.FormValue("place")))
}

func (a app) endOthers(c echo.Context) error {
	return ended(c, a.pages.EndOthers(c.Request().Context(), echosession.From(c)))
}

func (a app) endUser(c echo.Context) error {
	session := echosession.From(c)
	if !site.IsAdmin(session) {
		return echo.NewHTTPError(http.StatusForbidden, site.NotAdmin)
	}
	return ended(c, a.pages.EndUser(c.Request().Context(), session, c.FormValue("user")))
}

func ended(c echo.Context, err error) error {
	if err != nil {
		return failed(err)
	}
	return c.Redirect(http.StatusSeeOther, core.NextPath(c.FormValue("next"), "/devices"))
}

// failed returns an error that tells the client no more than it may know.
func failed(err error) error {
	status := core.HTTPStatus(err)
	return echo.NewHTTPError(status, core.ErrorText(status)).SetInternal(err)
}

func (a app) vault(c echo.Context) error {
	return html(c, http.StatusOK, a.pages.Vault(echosession.From(c)))
}

func (a app) confirmPage(c echo.Context) error {
	return html(c, http.StatusOK, a.pages.Confirm(echosession.From(c), c.QueryParam("next"), nil))
}

func (a app) confirm(c echo.Context) error {
	session, next := echosession.From(c), c.FormValue("next")
	if err := site.Confirm(session, c.FormValue("password")); err != nil {
		return html(c, http.StatusUnauthorized, a.pages.Confirm(session, next, err))
	}
	return c.Redirect(http.StatusSeeOther, core.NextPath(next, "/"))
}

func html(c echo.Context, status int, page site.Page) error {
	page.SetHeaders(c.Response().Header().Set)
	return c.HTMLBlob(status, page.HTML)
}

// errorText answers with a line of text: Echo's default is JSON, to browsers as well.
func errorText(err error, c echo.Context) {
	answer := echo.ErrInternalServerError
	errors.As(err, &answer)
	if !c.Response().Committed {
		_ = c.String(answer.Code, fmt.Sprintln(answer.Message))
	}
}
