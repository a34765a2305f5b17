package parity_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/nethttpsession"
)

// An exchange is a request for /<user> and its response. Strings are handed on as the framework gives them, without a copy.
type exchange interface {
	Session() *core.Session
	User() string
	Query(name string) string
	Text(body string)
	Stream(write func(io.Writer))
}

// servers start an application whose only handler is handle, on a loopback port, and return its address.
var servers = []struct {
	name  string
	serve func(t *testing.T, m *core.Manager, handle func(exchange)) string
}{
	{"net/http", func(t *testing.T, m *core.Manager, handle func(exchange)) string {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /{user}", func(w http.ResponseWriter, r *http.Request) { handle(netHTTPExchange{w, r}) })
		return listen(t, nethttpsession.Middleware(m)(mux))
	}},
	{"Gin", func(t *testing.T, m *core.Manager, handle func(exchange)) string {
		r := gin.New()
		r.GET("/:user", ginsession.Middleware(m), func(c *gin.Context) { handle(ginExchange{c}) })
		return listen(t, r)
	}},
	{"Echo", func(t *testing.T, m *core.Manager, handle func(exchange)) string {
		e := echo.New()
		e.GET("/:user", func(c echo.Context) error { handle(echoExchange{c}); return nil }, echosession.Middleware(m))
		return listen(t, e)
	}},
	{"Fiber", func(t *testing.T, m *core.Manager, handle func(exchange)) string {
		app := fiber.New(fiber.Config{DisableStartupMessage: true})
		app.Get("/:user", fibersession.Middleware(m), func(c *fiber.Ctx) error { handle(fiberExchange{c}); return nil })
		return during(t, app.Listener, app.Shutdown)
	}},
}

func listen(t *testing.T, h http.Handler) string {
	server := &http.Server{Handler: h}
	return during(t, func(ln net.Listener) error {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}, server.Close)
}

// during serves until the test ends.
func during(t *testing.T, serve func(net.Listener) error, stop func() error) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve(ln) }()
	t.Cleanup(func() {
		if err := errors.Join(stop(), <-ended); err != nil {
			t.Errorf("the server ended: %v", err)
		}
	})
	return "http://" + ln.Addr().String()
}

type netHTTPExchange struct {
	w http.ResponseWriter
	r *http.Request
}

func (x netHTTPExchange) Session() *core.Session       { return nethttpsession.From(x.r) }
func (x netHTTPExchange) User() string                 { return x.r.PathValue("user") }
func (x netHTTPExchange) Query(name string) string     { return x.r.URL.Query().Get(name) }
func (x netHTTPExchange) Text(body string)             { _, _ = io.WriteString(x.w, body) }
func (x netHTTPExchange) Stream(write func(io.Writer)) { flushed(x.w, write) }

type ginExchange struct{ c *gin.Context }

func (x ginExchange) Session() *core.Session       { return ginsession.From(x.c) }
func (x ginExchange) User() string                 { return x.c.Param("user") }
func (x ginExchange) Query(name string) string     { return x.c.Query(name) }
func (x ginExchange) Text(body string)             { x.c.String(http.StatusOK, "%s", body) }
func (x ginExchange) Stream(write func(io.Writer)) { flushed(x.c.Writer, write) }

type echoExchange struct{ c echo.Context }

func (x echoExchange) Session() *core.Session   { return echosession.From(x.c) }
func (x echoExchange) User() string             { return x.c.Param("user") }
func (x echoExchange) Query(name string) string { return x.c.QueryParam(name) }
func (x echoExchange) Text(body string)         { _ = x.c.String(http.StatusOK, body) }
func (x echoExchange) Stream(write func(io.Writer)) {
	x.c.Response().WriteHeader(http.StatusOK)
	flushed(x.c.Response(), write)
}

type fiberExchange struct{ c *fiber.Ctx }

func (x fiberExchange) Session() *core.Session   { return fibersession.From(x.c) }
func (x fiberExchange) User() string             { return x.c.Params("user") }
func (x fiberExchange) Query(name string) string { return x.c.Query(name) }
func (x fiberExchange) Text(body string)         { _ = x.c.SendString(body) }
func (x fiberExchange) Stream(write func(io.Writer)) {
	x.c.Context().SetBodyStreamWriter(func(w *bufio.Writer) { write(w) })
}

// flushed sends the headers before it writes.
func flushed(w http.ResponseWriter, write func(io.Writer)) {
	_ = http.NewResponseController(w).Flush()
	write(w)
}
