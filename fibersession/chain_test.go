package fibersession_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/cors"
	"github.com/gofiber/fiber/v2/middleware/etag"
	"github.com/gofiber/fiber/v2/middleware/requestid"
	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/fibersession"
)

func login(c *fiber.Ctx) error { fibersession.From(c).Login("ada"); return nil }

func change(c *fiber.Ctx) error {
	clicks.Set(fibersession.From(c), 1)
	return c.SendString("changed")
}

// pages is an error handler that notes what it is told.
func pages(name string, told *[]error) fiber.ErrorHandler {
	return func(c *fiber.Ctx, err error) error {
		*told = append(*told, err)
		answer := fiber.ErrInternalServerError
		errors.As(err, &answer)
		return c.Status(answer.Code).SendString(name + answer.Message)
	}
}

func TestErrorsReachTheErrorHandler(t *testing.T) {
	store, told := new(breakable), []error(nil)
	app := fiber.New(fiber.Config{ErrorHandler: pages("sorry: ", &told)})
	app.Use(fibersession.Middleware(manager(t, store)))
	app.Get("/login", login)
	app.Get("/change", change)
	app.Get("/guarded", fibersession.LoginRequired(core.Guard{}), change)
	ada := get(t, app, "/login", nil)

	want(t, "nobody: page", get(t, app, "/guarded", nil).body, "sorry: Login required.")
	refusal := (*core.Refusal)(nil)
	want(t, "nobody: it is the refusal", errors.As(errors.Join(told...), &refusal), true)
	store.down = true
	for path, earlier := range map[string]*reply{"/change": nil, "/guarded": ada} {
		told = nil
		r := get(t, app, path, earlier)
		want(t, path+": status", r.StatusCode, http.StatusServiceUnavailable)
		want(t, path+": page", r.body, "sorry: "+core.ErrorText(http.StatusServiceUnavailable))
		want(t, path+": errors", len(told), 1)
		want(t, path+": the cause is found", errors.Is(errors.Join(told...), errOutage), true)
	}
}

func TestFibersOwnErrorPageKeepsTheCauseToItself(t *testing.T) {
	app := fiber.New()
	app.Get("/", fibersession.Middleware(manager(t, &breakable{down: true})), change)
	r := get(t, app, "/", nil)
	want(t, "status", r.StatusCode, http.StatusServiceUnavailable)
	want(t, "type", r.Header.Get("Content-Type"), fiber.MIMETextPlainCharsetUTF8)
	want(t, "body", r.body, core.ErrorText(http.StatusServiceUnavailable))
}

func TestMountedApplicationsAndGroups(t *testing.T) {
	var told []error
	shop := fiber.New(fiber.Config{ErrorHandler: pages("shop: ", &told)})
	shop.Get("/guarded", fibersession.LoginRequired(core.Guard{LoginURL: "/login"}), change)
	shop.Get("/bare", fibersession.LoginRequired(core.Guard{}), change)
	app := fiber.New(fiber.Config{ErrorHandler: pages("app: ", &told)})
	sessions := fibersession.Middleware(manager(t, new(breakable)))
	app.Use(sessions)
	app.Get("/login", login)
	app.Mount("/shop", shop)
	app.Group("/club", sessions).Group("/bar").Get("/bare", fibersession.LoginRequired(core.Guard{}), change)

	want(t, "mounted: page", get(t, app, "/shop/bare", nil).body, "shop: Login required.")
	want(t, "mounted: location", get(t, app, "/shop/guarded?a=b", nil).Header.Get("Location"), "/login?next=%2Fshop%2Fguarded%3Fa%3Db")
	want(t, "in a group: page", get(t, app, "/club/bar/bare", nil).body, "app: Login required.")
	ada := get(t, app, "/login", nil)
	for _, path := range []string{"/shop/guarded", "/club/bar/bare"} {
		want(t, path, get(t, app, path, ada).body, "changed")
	}
}

func TestOuterMiddlewareSeesTheCookie(t *testing.T) {
	app := fiber.New()
	app.Use(compress.New(), etag.New(), fibersession.Middleware(manager(t, new(breakable))))
	long := strings.Repeat("changed ", 500)
	app.Get("/", func(c *fiber.Ctx) error {
		clicks.Set(fibersession.From(c), 1)
		return c.SendString(long)
	})
	r := get(t, app, "/", nil, "Accept-Encoding", "gzip")
	want(t, "encoding", r.Header.Get("Content-Encoding"), "gzip")
	want(t, "cookies", len(r.Cookies()), 1)
	r = get(t, app, "/", nil, "If-None-Match", r.Header.Get("Etag"))
	want(t, "status", r.StatusCode, http.StatusNotModified)
	want(t, "cookies of a 304", len(r.Cookies()), 1)
}

func TestAFailedSaveKeepsWhatOuterMiddlewareSet(t *testing.T) {
	app := fiber.New()
	app.Use(requestid.New(), cors.New(), etag.New(), compress.New(), func(c *fiber.Ctx) error {
		c.Cookie(&fiber.Cookie{Name: "outer", Value: "kept"})
		c.Set("Server", "outer")
		c.Set("X-Both", "outer")
		return c.Next()
	}, fibersession.Middleware(manager(t, &breakable{down: true})))
	app.Get("/", func(c *fiber.Ctx) error {
		c.Cookie(&fiber.Cookie{Name: "inner", Value: "dropped"})
		c.Cookie(&fiber.Cookie{Name: "outer", Value: "changed"})
		c.Context().SetConnectionClose()
		for name, value := range map[string]string{
			"Content-Type": "image/png", "Content-Encoding": "br", "Server": "inner", "X-Both": "inner", "X-Inner": "dropped",
		} {
			c.Set(name, value)
		}
		return change(c)
	})
	r := get(t, app, "/", nil, "Origin", "https://other.example", "X-Request-Id", "42")
	want(t, "status", r.StatusCode, http.StatusServiceUnavailable)
	want(t, "body", r.body, core.ErrorText(http.StatusServiceUnavailable))
	want(t, "cookies", strings.Join(r.Header["Set-Cookie"], "\n"), "outer=kept; path=/; SameSite=Lax")
	want(t, "connection is closed", r.Close, false)
	for name, value := range map[string]string{
		"X-Request-Id": "42", "Access-Control-Allow-Origin": "*", "Server": "outer", "X-Both": "outer", "X-Inner": "",
		"Content-Type": fiber.MIMETextPlainCharsetUTF8, "Content-Encoding": "", "Etag": "",
	} {
		want(t, name, r.Header.Get(name), value)
	}
}

func TestAFailedSaveDropsAStreamAndAnUpgrade(t *testing.T) {
	app, ended := fiber.New(), make(chan error, 1)
	app.Use(fibersession.Middleware(manager(t, &breakable{down: true})))
	app.Get("/stream", func(c *fiber.Ctx) error {
		clicks.Set(fibersession.From(c), 1)
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			_, err := io.WriteString(w, "streamed")
			ended <- errors.Join(err, w.Flush())
		})
		return nil
	})
	app.Get("/upgrade", func(c *fiber.Ctx) error {
		clicks.Set(fibersession.From(c), 1)
		c.Context().Hijack(func(net.Conn) { t.Error("the connection is taken over") })
		return c.SendStatus(http.StatusSwitchingProtocols)
	})
	for _, path := range []string{"/stream", "/upgrade"} {
		r := get(t, app, path, nil)
		want(t, path+": status", r.StatusCode, http.StatusServiceUnavailable)
		want(t, path+": body", r.body, core.ErrorText(http.StatusServiceUnavailable))
	}
	want(t, "the stream learns that it is not wanted", <-ended != nil, true)
	var ctx fasthttp.RequestCtx
	ctx.Request.SetRequestURI("/upgrade")
	app.Handler()(&ctx)
	want(t, "somebody waits for the connection", ctx.Hijacked(), false)
}

func TestTheUserContextCarriesTheSession(t *testing.T) {
	user := func(ctx context.Context) string { return core.MustFromContext(ctx, "fibersession").User() }
	app := fiber.New()
	app.Use(fibersession.Middleware(manager(t, new(breakable))))
	app.Get("/login", login)
	app.Get("/", func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			clicks.Set(core.MustFromContext(ctx, "fibersession"), 7)
			_, _ = io.WriteString(w, user(ctx))
		})
		return nil
	})
	app.Get("/clicks", func(c *fiber.Ctx) error {
		n, _ := clicks.Get(fibersession.From(c))
		return c.JSON(n)
	})
	ada := get(t, app, "/login", nil)
	want(t, "in a stream", get(t, app, "/", ada).body, "ada")
	want(t, "clicks after the stream", get(t, app, "/clicks", ada).body, "7")
}
