// Package before is the application of the page, with labstack/echo-contrib/session.
package before

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo-contrib/session"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// Store is what main made once.
func Store(secret []byte) sessions.Store {
	store := sessions.NewCookieStore(secret)
	store.Options = &sessions.Options{Path: "/", MaxAge: 12 * 3600, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	return store
}

// Application is the application.
func Application(store sessions.Store) *echo.Echo {
	e := echo.New()
	e.Use(middleware.Recover(), session.Middleware(store))
	e.GET("/", func(c echo.Context) error {
		s, err := session.Get("session", c)
		if err != nil {
			return err
		}
		n, _ := s.Values["visits"].(int)
		s.Values["visits"] = n + 1
		if err := s.Save(c.Request(), c.Response()); err != nil {
			return err
		}
		id, _ := s.Values["uid"].(int64)
		return c.String(http.StatusOK, fmt.Sprintf("visit %d of user %d", n+1, id))
	})
	e.POST("/login", func(c echo.Context) error {
		s, err := session.Get("session", c)
		if err != nil {
			return err
		}
		s.Values["uid"], _ = strconv.ParseInt(c.FormValue("user"), 10, 64)
		if c.FormValue("remember") == "on" {
			s.Values["remember"] = true
			s.Options.MaxAge = 30 * 24 * 3600
		}
		if err := s.Save(c.Request(), c.Response()); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/account")
	})
	e.POST("/logout", func(c echo.Context) error {
		s, err := session.Get("session", c)
		if err != nil {
			return err
		}
		s.Options.MaxAge = -1
		if err := s.Save(c.Request(), c.Response()); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/")
	})
	e.GET("/account", func(c echo.Context) error {
		s, err := session.Get("session", c)
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, fmt.Sprintf("account of user %d", s.Values["uid"]))
	}, loginRequired)
	return e
}

func loginRequired(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		s, err := session.Get("session", c)
		if err != nil {
			return err
		}
		if s.Values["uid"] == nil {
			return c.Redirect(http.StatusSeeOther, "/login")
		}
		return next(c)
	}
}
