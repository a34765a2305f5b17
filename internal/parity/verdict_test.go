package parity_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/internal/fibertest"
	"github.com/ringsession/ringsession/internal/parity"
	"github.com/ringsession/ringsession/nethttpsession"
)

func init() { gin.SetMode(gin.ReleaseMode) }

func TestAdaptersJudgeCookiesAlike(t *testing.T) { parity.CookiesAlike(t, parties...) }

func FuzzCookieVerdict(f *testing.F) { parity.FuzzCookies(f, parties...) }

// In the last party a middleware has looked at a cookie before Fiber's adapter: from then on fasthttp holds changed ones.
var parties = []parity.Party{
	parity.Served("net/http", func(m *core.Manager, use func(*core.Session)) http.Handler {
		return nethttpsession.Middleware(m)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			use(nethttpsession.From(r))
		}))
	}),
	parity.Served("Gin", func(m *core.Manager, use func(*core.Session)) http.Handler {
		r := gin.New()
		r.GET("/", ginsession.Middleware(m), func(c *gin.Context) { use(ginsession.From(c)) })
		return r
	}),
	parity.Served("Echo", func(m *core.Manager, use func(*core.Session)) http.Handler {
		e := echo.New()
		e.GET("/", func(c echo.Context) error { use(echosession.From(c)); return nil }, echosession.Middleware(m))
		return e
	}),
	fibertest.Party("Fiber", fiberApp()),
	fibertest.Party("Fiber after its parser", fiberApp(func(c *fiber.Ctx) error { _ = c.Cookies("x"); return c.Next() })),
}

func fiberApp(before ...fiber.Handler) func(*core.Manager, func(*core.Session)) fasthttp.RequestHandler {
	return func(m *core.Manager, use func(*core.Session)) fasthttp.RequestHandler {
		app := fiber.New()
		app.Get("/", append(before, fibersession.Middleware(m), func(c *fiber.Ctx) error {
			use(fibersession.From(c))
			return nil
		})...)
		return app.Handler()
	}
}
