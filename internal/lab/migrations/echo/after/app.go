// Package after is the application of the page, with echosession.
package after

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/echosession"
)

const visits core.Key[int] = "visits"

// Application is the application.
func Application(sessions *core.Manager, more ...echo.MiddlewareFunc) *echo.Echo {
	e := echo.New()
	e.Use(middleware.Recover(), echosession.Middleware(sessions))
	e.Use(more...)
	e.GET("/", func(c echo.Context) error {
		s := echosession.From(c)
		n, _ := visits.Get(s)
		visits.Set(s, n+1)
		return c.String(http.StatusOK, fmt.Sprintf("visit %d of %q", n+1, s.User()))
	})
	e.POST("/login", func(c echo.Context) error {
		echosession.From(c).Login(c.FormValue("user"))
		return c.Redirect(http.StatusSeeOther, "/account")
	})
	e.POST("/logout", func(c echo.Context) error {
		echosession.From(c).Logout()
		return c.Redirect(http.StatusSeeOther, "/")
	})
	e.GET("/account", func(c echo.Context) error {
		return c.String(http.StatusOK, fmt.Sprintf("account of %q", echosession.From(c).User()))
	}, echosession.LoginRequired(core.Guard{LoginURL: "/login"}))
	return e
}
