// Package both takes logins over from labstack/echo-contrib/session.
package both

import (
	"github.com/labstack/echo-contrib/session"
	"github.com/labstack/echo/v4"
	"github.com/ringsession/ringsession/echosession"
)

// TakeOver goes behind echosession.Middleware and session.Middleware. A visitor who is still signed in with the old session
// is signed in with the new one, and the browser is told to forget the old cookie.
func TakeOver(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		old, err := session.Get("session", c)
		if err != nil {
			return next(c) // a cookie that does not decode: nobody is signed in with it
		}
		user, _ := old.Values["user"].(string)
		if s := echosession.From(c); user != "" && s.User() == "" && s.Err() == nil {
			old.Options.MaxAge = -1
			if old.Save(c.Request(), c.Response()) == nil {
				s.Login(user)
			}
		}
		return next(c)
	}
}
