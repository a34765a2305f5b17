package parity_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/internal/parity"
	"github.com/ringsession/ringsession/nethttpsession"
)

// nested start an application with two Managers whose only handler gets the request's context.
var nested = map[string]func(t *testing.T, outer, inner *core.Manager, handle func(context.Context) string) string{
	"net/http": func(t *testing.T, outer, inner *core.Manager, handle func(context.Context) string) string {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, handle(r.Context())) })
		return parity.Listen(t, nethttpsession.Middleware(outer)(nethttpsession.Middleware(inner)(h)))
	},
	"Gin": func(t *testing.T, outer, inner *core.Manager, handle func(context.Context) string) string {
		r := gin.New()
		r.Use(ginsession.Middleware(outer), ginsession.Middleware(inner))
		r.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "%s", handle(c.Request.Context())) })
		return parity.Listen(t, r)
	},
	"Echo": func(t *testing.T, outer, inner *core.Manager, handle func(context.Context) string) string {
		e := echo.New()
		e.Use(echosession.Middleware(outer), echosession.Middleware(inner))
		e.GET("/", func(c echo.Context) error { return c.String(http.StatusOK, handle(c.Request().Context())) })
		return parity.Listen(t, e)
	},
	"Fiber": func(t *testing.T, outer, inner *core.Manager, handle func(context.Context) string) string {
		app := fiber.New(fiber.Config{DisableStartupMessage: true})
		app.Use(fibersession.Middleware(outer), fibersession.Middleware(inner))
		app.Get("/", func(c *fiber.Ctx) error { return c.SendString(handle(c.UserContext())) })
		return parity.During(t, app.Listener, app.Shutdown)
	},
}

// A program may have two kinds of session: each has its cookie, and a handler finds both.
func TestTwoManagersInOneRequest(t *testing.T) {
	const mark core.Key[string] = "mark"
	store := memstore.New()
	manager := func(name string) *core.Manager {
		m, err := core.New(store, bytes.Repeat([]byte("s"), 32), &core.Options{Cookie: core.Cookie{Name: name, InsecureCookie: true}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	outer, inner := manager("long"), manager("short")
	for name, serve := range nested {
		t.Run(name, func(t *testing.T) {
			address := serve(t, outer, inner, func(ctx context.Context) string {
				long, _ := outer.FromContext(ctx)
				short, _ := inner.FromContext(ctx)
				innermost, _ := core.FromContext(ctx)
				if long == nil || short == nil || long == short || innermost != short {
					return "not both"
				}
				of, _ := mark.Get(long)
				in, _ := mark.Get(short)
				mark.Set(long, "long")
				mark.Set(short, "short")
				return of + " " + in
			})
			jar, err := cookiejar.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			browser := &http.Client{Jar: jar}
			for _, want := range []string{" ", "long short"} {
				if got, err := parity.Get(browser, address+"/", "", map[string]string{}); err != nil || got != want {
					t.Errorf("%q, %v; want %q", got, err, want)
				}
			}
		})
	}
}
