package parity_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/internal/parity"
	"github.com/ringsession/ringsession/nethttpsession"
)

// servers start an application whose only handler is handle, on a loopback port, and return its address.
var servers = []struct {
	name  string
	serve parity.Serve
}{
	{"net/http", func(t *testing.T, handle func(parity.Exchange), managers ...*core.Manager) string {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /{user}", func(w http.ResponseWriter, r *http.Request) { handle(netHTTPExchange{w, r}) })
		var h http.Handler = mux
		for _, m := range slices.Backward(managers) {
			h = nethttpsession.Middleware(m)(h)
		}
		return parity.Listen(t, h)
	}},
	{"Gin", func(t *testing.T, handle func(parity.Exchange), managers ...*core.Manager) string {
		r := gin.New()
		for _, m := range managers {
			r.Use(ginsession.Middleware(m))
		}
		r.GET("/:user", func(c *gin.Context) { handle(ginExchange{c}) })
		return parity.Listen(t, r)
	}},
	{"Echo", func(t *testing.T, handle func(parity.Exchange), managers ...*core.Manager) string {
		e := echo.New()
		for _, m := range managers {
			e.Use(echosession.Middleware(m))
		}
		e.GET("/:user", func(c echo.Context) error { handle(echoExchange{c}); return nil })
		return parity.Listen(t, e)
	}},
	{"Fiber", func(t *testing.T, handle func(parity.Exchange), managers ...*core.Manager) string {
		app := fiber.New(fiber.Config{DisableStartupMessage: true})
		for _, m := range managers {
			app.Use(fibersession.Middleware(m))
		}
		app.Get("/:user", func(c *fiber.Ctx) error { handle(fiberExchange{c}); return nil })
		return parity.During(t, app.Listener, app.Shutdown)
	}},
}

type netHTTPExchange struct {
	w http.ResponseWriter
	r *http.Request
}

func (x netHTTPExchange) Session() *core.Session       { return nethttpsession.From(x.r) }
func (x netHTTPExchange) Context() context.Context     { return x.r.Context() }
func (x netHTTPExchange) User() string                 { return x.r.PathValue("user") }
func (x netHTTPExchange) Query(name string) string     { return x.r.URL.Query().Get(name) }
func (x netHTTPExchange) Text(body string)             { _, _ = io.WriteString(x.w, body) }
func (x netHTTPExchange) Stream(write func(io.Writer)) { parity.Flushed(x.w, write) }

type ginExchange struct{ c *gin.Context }

func (x ginExchange) Session() *core.Session       { return ginsession.From(x.c) }
func (x ginExchange) Context() context.Context     { return x.c.Request.Context() }
func (x ginExchange) User() string                 { return x.c.Param("user") }
func (x ginExchange) Query(name string) string     { return x.c.Query(name) }
func (x ginExchange) Text(body string)             { x.c.String(http.StatusOK, "%s", body) }
func (x ginExchange) Stream(write func(io.Writer)) { parity.Flushed(x.c.Writer, write) }

type echoExchange struct{ c echo.Context }

func (x echoExchange) Session() *core.Session   { return echosession.From(x.c) }
func (x echoExchange) Context() context.Context { return x.c.Request().Context() }
func (x echoExchange) User() string             { return x.c.Param("user") }
func (x echoExchange) Query(name string) string { return x.c.QueryParam(name) }
func (x echoExchange) Text(body string)         { _ = x.c.String(http.StatusOK, body) }
func (x echoExchange) Stream(write func(io.Writer)) {
	x.c.Response().WriteHeader(http.StatusOK)
	parity.Flushed(x.c.Response(), write)
}

type fiberExchange struct{ c *fiber.Ctx }

func (x fiberExchange) Session() *core.Session   { return fibersession.From(x.c) }
func (x fiberExchange) Context() context.Context { return x.c.UserContext() }
func (x fiberExchange) User() string             { return x.c.Params("user") }
func (x fiberExchange) Query(name string) string { return x.c.Query(name) }
func (x fiberExchange) Text(body string)         { _ = x.c.SendString(body) }
func (x fiberExchange) Stream(write func(io.Writer)) {
	x.c.Context().SetBodyStreamWriter(func(w *bufio.Writer) { write(w) })
}

func TestNobodyReadsAnotherUsersData(t *testing.T) {
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			parity.KeepApart(t, server.serve)
		})
	}
}

func TestLoginsOnRedis(t *testing.T) {
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) { parity.OnRedis(t, server.serve) })
	}
}

func TestTwoManagersInOneRequest(t *testing.T) {
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) { parity.TwoManagers(t, server.serve) })
	}
}
