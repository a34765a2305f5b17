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
	"github.com/ringsession/ringsession/examples/internal/site"
)

// New returns the application's server.
func New(s *site.Site) site.Server {
	a := app{s.Pages("Echo")}
	e := echo.New()
	e.HTTPErrorHandler = errorText
	// Forms of other sites must not sign anybody in or out.
	sameOrigin := echo.WrapMiddleware(http.NewCrossOriginProtection().Handler)
	e.Use(middleware.Recover(), sameOrigin, echosession.Middleware(s.Sessions))

	e.GET("/", a.home, echosession.LoginRequired(core.Guard{LoginURL: "/login"}))
	e.GET("/whoami", a.whoami, echosession.LoginRequired(core.Guard{}))
	e.GET("/login", a.loginPage)
	e.POST("/login", a.login)
	e.POST("/logout", a.logout)
	return site.NewServer(e)
}

type app struct{ pages site.Pages }

func (a app) home(c echo.Context) error {
	return c.HTMLBlob(http.StatusOK, a.pages.Home(echosession.From(c)))
}

func (a app) whoami(c echo.Context) error {
	return c.JSON(http.StatusOK, a.pages.Whoami(echosession.From(c)))
}

func (a app) loginPage(c echo.Context) error {
	return c.HTMLBlob(http.StatusOK, a.pages.Login(c.QueryParam("next"), "", nil))
}

func (a app) login(c echo.Context) error {
	name, next := c.FormValue("name"), c.FormValue("next")
	if err := site.SignIn(echosession.From(c), name, c.FormValue("password")); err != nil {
		return c.HTMLBlob(http.StatusUnauthorized, a.pages.Login(next, name, err))
	}
	return c.Redirect(http.StatusSeeOther, core.NextPath(next, "/"))
}

func (a app) logout(c echo.Context) error {
	echosession.From(c).Logout()
	return c.Redirect(http.StatusSeeOther, "/login")
}

// errorText answers with a line of text: Echo's default is JSON, to browsers as well.
func errorText(err error, c echo.Context) {
	answer := echo.ErrInternalServerError
	errors.As(err, &answer)
	if !c.Response().Committed {
		_ = c.String(answer.Code, fmt.Sprintln(answer.Message))
	}
}
