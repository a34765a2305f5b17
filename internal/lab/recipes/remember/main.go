// A login form with a box to stay signed in, and settings that want the password again.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/echosession"
)

var options = &core.Options{
	Remember: core.Lifetimes{Idle: 14 * 24 * time.Hour, Absolute: 90 * 24 * time.Hour},
}

const (
	loginForm = `<form method="post" action="/login">
<label>Name <input name="user"></label>
<label>Password <input name="password" type="password"></label>
<label><input name="remember" type="checkbox"> Stay signed in</label>
<button>Sign in</button></form>`
	confirmForm = `<form method="post">
<label>Your password again <input name="password" type="password"></label>
<button>Go on</button></form>`
)

// passwordIsRight is yours; the recipe "Login and logout" has one.
func passwordIsRight(user, password string) bool { return user != "" && password == "open sesame" }

func newApp(sessions *core.Manager) http.Handler {
	e := echo.New()
	e.Use(middleware.Recover(), echosession.Middleware(sessions))
	e.GET("/login", func(c echo.Context) error { return c.HTML(http.StatusOK, loginForm) })
	e.POST("/login", func(c echo.Context) error {
		user := c.FormValue("user")
		if !passwordIsRight(user, c.FormValue("password")) {
			return c.HTML(http.StatusUnauthorized, loginForm)
		}
		remember := c.FormValue("remember") == "on"
		echosession.From(c).LoginWith(core.Login{User: user, Remember: remember})
		return c.Redirect(http.StatusSeeOther, "/")
	})
	e.GET("/confirm", func(c echo.Context) error { return c.HTML(http.StatusOK, confirmForm) })
	e.POST("/confirm", func(c echo.Context) error {
		s := echosession.From(c)
		if !passwordIsRight(s.User(), c.FormValue("password")) {
			return c.HTML(http.StatusUnauthorized, confirmForm)
		}
		s.Confirm(1)
		return c.Redirect(http.StatusSeeOther, core.NextPath(c.QueryParam("next"), "/"))
	})
	e.GET("/", func(c echo.Context) error {
		return c.String(http.StatusOK, "Hello "+echosession.From(c).User())
	}, echosession.LoginRequired(core.Guard{LoginURL: "/login"}))
	e.GET("/settings", func(c echo.Context) error {
		return c.String(http.StatusOK, "Settings of "+echosession.From(c).User())
	}, echosession.LoginRequired(core.Guard{
		LoginURL: "/login", ConfirmURL: "/confirm", MaxAge: 15 * time.Minute,
	}))
	return e
}

func main() {
	shards := []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(os.Getenv("REDIS_URL"))}}
	store, err := redisstore.Open(context.Background(), shards, nil)
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := core.New(store, []byte(os.Getenv("SESSION_SECRET")), options)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), newApp(sessions)))
}
