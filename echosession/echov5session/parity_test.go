package echov5session_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/echosession/echov5session"
	"github.com/ringsession/ringsession/internal/parity"
)

func TestAdaptersJudgeCookiesAlike(t *testing.T) {
	parity.CookiesAlike(t, parity.Served("Echo v5", func(m *core.Manager, use func(*core.Session)) http.Handler {
		e := echo.New()
		e.GET("/", func(c *echo.Context) error { use(echov5session.From(c)); return nil }, echov5session.Middleware(m))
		return e
	}))
}

func TestNobodyReadsAnotherUsersData(t *testing.T) { parity.KeepApart(t, serveParity) }

func TestLoginsOnRedis(t *testing.T) { parity.OnRedis(t, serveParity) }

func TestTwoManagersInOneRequest(t *testing.T) { parity.TwoManagers(t, serveParity) }

func serveParity(t *testing.T, handle func(parity.Exchange), managers ...*core.Manager) string {
	e := echo.New()
	for _, m := range managers {
		e.Use(echov5session.Middleware(m))
	}
	e.GET("/:user", func(c *echo.Context) error { handle(parityExchange{c}); return nil })
	return parity.Listen(t, e)
}

type parityExchange struct{ c *echo.Context }

func (x parityExchange) Session() *core.Session       { return echov5session.From(x.c) }
func (x parityExchange) Context() context.Context     { return x.c.Request().Context() }
func (x parityExchange) User() string                 { return x.c.Param("user") }
func (x parityExchange) Query(name string) string     { return x.c.QueryParam(name) }
func (x parityExchange) Text(body string)             { _ = x.c.String(http.StatusOK, body) }
func (x parityExchange) Stream(write func(io.Writer)) { parity.Flushed(x.c.Response(), write) }
