// A list of the devices that a user is signed in on, with buttons to sign them out.
package main

import (
	"context"
	"errors"
	"html/template"
	"log"
	"net/http"
	"os"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/echosession"
)

var page = template.Must(template.New("").Parse(`<!doctype html><title>Devices</title>
{{range .List}}<form method="post" action="/devices/end">
{{.Device}}, last used {{.LastUsed.UTC.Format "2 January 15:04"}}
{{- if .Current $.Session}}, this one{{end}}
<button name="place" value="{{.Place}}">Sign out</button></form>
{{end}}{{range .Missing}}<p>Devices on {{.}} are not listed for the moment.</p>{{end}}
<form method="post" action="/devices/end-others"><button>Sign out the others</button></form>
<form method="post" action="/devices/end-all"><button>Sign out everywhere</button></form>`))

// outcome is the answer to a call that ended sessions, on all shards or on some.
func outcome(c echo.Context, err error) error {
	if partial := (*core.PartialError)(nil); errors.As(err, &partial) && partial.Ordered {
		return c.String(http.StatusAccepted, "Some devices are signed out in a moment.")
	}
	if err != nil {
		status := core.HTTPStatus(err) // 503: nothing is promised, so the user tries again
		return echo.NewHTTPError(status, core.ErrorText(status)).SetInternal(err)
	}
	return c.Redirect(http.StatusSeeOther, "/devices")
}

func newApp(sessions *core.Manager) http.Handler {
	e := echo.New()
	e.Use(middleware.Recover(), echosession.Middleware(sessions))
	e.POST("/login", func(c echo.Context) error {
		echosession.From(c).Login(c.FormValue("user")) // after the password was right
		return c.Redirect(http.StatusSeeOther, "/devices")
	})
	users := e.Group("", echosession.LoginRequired(core.Guard{LoginURL: "/login"}))
	users.GET("/devices", func(c echo.Context) error {
		s := echosession.From(c)
		list, err := sessions.Of(c.Request().Context(), s.User())
		partial := (*core.PartialError)(nil)
		if err != nil && !errors.As(err, &partial) {
			return outcome(c, err)
		}
		data := map[string]any{"List": list, "Session": s}
		if partial != nil {
			data["Missing"] = partial.Shards
		}
		return page.Execute(c.Response(), data)
	})
	users.POST("/devices/end", func(c echo.Context) error {
		user := echosession.From(c).User()
		_, err := sessions.End(c.Request().Context(), user, c.FormValue("place"))
		return outcome(c, err)
	})
	users.POST("/devices/end-others", func(c echo.Context) error {
		_, err := echosession.From(c).EndOthers(c.Request().Context())
		return outcome(c, err)
	})
	users.POST("/devices/end-all", func(c echo.Context) error {
		s := echosession.From(c)
		_, err := sessions.EndAll(c.Request().Context(), s.User())
		s.Logout() // takes the cookie away as well
		return outcome(c, err)
	})
	users.POST("/password", func(c echo.Context) error {
		s := echosession.From(c) // after the new password was stored:
		_, err := s.EndOthers(c.Request().Context())
		s.Renew()
		return outcome(c, err)
	})
	return e
}

func main() {
	shards, err := redisstore.ParseShards(os.Getenv("REDIS_URL"))
	if err != nil {
		log.Fatal(err)
	}
	store, err := redisstore.Open(context.Background(), shards, nil)
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := core.New(store, []byte(os.Getenv("SESSION_SECRET")), nil)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), newApp(sessions)))
}
