// Package after is the application of the page, with echosession.
package after

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/echosession"
)

const visits core.Key[int] = "visits"

// Application is the application; outside is what runs before the middleware of ringsession.
func Application(sessions *core.Manager, outside ...echo.MiddlewareFunc) *echo.Echo {
	e := echo.New()
	e.Use(middleware.Recover())
	e.Use(outside...)
	e.Use(echosession.Middleware(sessions))
	e.GET("/", func(c echo.Context) error {
		s := echosession.From(c)
		n, _ := visits.Get(s)
		visits.Set(s, n+1)
		return c.String(http.StatusOK, fmt.Sprintf("visit %d of user %d", n+1, userID(s)))
	})
	e.POST("/login", func(c echo.Context) error {
		echosession.From(c).LoginWith(core.Login{
			User:     c.FormValue("user"),
			Remember: c.FormValue("remember") == "on",
		})
		return c.Redirect(http.StatusSeeOther, "/account")
	})
	e.POST("/logout", func(c echo.Context) error {
		echosession.From(c).Logout()
		return c.Redirect(http.StatusSeeOther, "/")
	})
	e.GET("/account", func(c echo.Context) error {
		return c.String(http.StatusOK, fmt.Sprintf("account of user %d", userID(echosession.From(c))))
	}, echosession.LoginRequired(core.Guard{LoginURL: "/login"}))
	return e
}

// userID returns the number of the user who is logged in, or 0.
func userID(s *core.Session) int64 {
	id, _ := strconv.ParseInt(s.User(), 10, 64)
	return id
}
