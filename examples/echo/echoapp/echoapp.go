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
	a.pages.StreamTo(c.Response(), c.Request())
	return nil
}

func (a app) loginPage(c echo.Context) error {
	return html(c, http.StatusOK, a.pages.Login(c.QueryParam("next"), "", nil))
}

func (a app) login(c echo.Context) error {
	name, next := c.FormValue("name"), c.FormValue("next")
	if err := site.SignIn(echosession.From(c), name, c.FormValue("password")); err != nil {
		return html(c, http.StatusUnauthorized, a.pages.Login(next, name, err))
	}
	return c.Redirect(http.StatusSeeOther, core.NextPath(next, "/"))
}

func (a app) logout(c echo.Context) error {
	echosession.From(c).Logout()
	return c.Redirect(http.StatusSeeOther, "/login")
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
