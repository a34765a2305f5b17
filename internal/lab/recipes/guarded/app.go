// Package guarded has the same small application in each framework: a page behind a
// login, whose handler changes the session. Its tests are the recipe.
package guarded

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/nethttpsession"
)

const visits core.Key[int] = "visits"

var guard = core.Guard{LoginURL: "/login"}

func greet(s *core.Session) string {
	n, _ := visits.Get(s)
	visits.Set(s, n+1)
	return fmt.Sprintf("Hello %s, visit %d", s.User(), n+1)
}

func newGin(sessions *core.Manager) *gin.Engine {
	r := gin.New()
	r.Use(ginsession.Middleware(sessions))
	r.GET("/account", ginsession.LoginRequired(guard), func(c *gin.Context) {
		c.String(http.StatusOK, greet(ginsession.From(c)))
	})
	return r
}

func newEcho(sessions *core.Manager) *echo.Echo {
	e := echo.New()
	e.Use(echosession.Middleware(sessions))
	e.GET("/account", func(c echo.Context) error {
		return c.String(http.StatusOK, greet(echosession.From(c)))
	}, echosession.LoginRequired(guard))
	return e
}

func newFiber(sessions *core.Manager) *fiber.App {
	app := fiber.New()
	app.Use(fibersession.Middleware(sessions))
	app.Get("/account", fibersession.LoginRequired(guard), func(c *fiber.Ctx) error {
		return c.SendString(greet(fibersession.From(c)))
	})
	return app
}

func newNetHTTP(sessions *core.Manager) http.Handler {
	mux := http.NewServeMux()
	loginRequired := nethttpsession.LoginRequired(guard)
	mux.Handle("GET /account", loginRequired(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, greet(nethttpsession.From(r)))
	})))
	return nethttpsession.Middleware(sessions)(mux)
}
