package fibersession_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/cors"
	"github.com/gofiber/fiber/v2/middleware/etag"
	"github.com/gofiber/fiber/v2/middleware/requestid"
	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/internal/chaintest"
)

func login(c *fiber.Ctx) error { fibersession.From(c).Login("ada"); return nil }

func change(c *fiber.Ctx) error {
	chaintest.Clicks.Set(fibersession.From(c), 1)
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
	store, told := new(chaintest.Store), []error(nil)
	app := fiber.New(fiber.Config{ErrorHandler: pages("sorry: ", &told)})
	app.Use(fibersession.Middleware(chaintest.Manager(t, store)))
	app.Get("/login", login)
	app.Get("/change", change)
	app.Get("/guarded", fibersession.LoginRequired(core.Guard{}), change)
	ada := get(t, app, "/login", nil)

	chaintest.Want(t, "nobody: page", get(t, app, "/guarded", nil).body, "sorry: Login required.")
	refusal := (*adapter.Refusal)(nil)
	chaintest.Want(t, "nobody: it is the refusal", errors.As(errors.Join(told...), &refusal), true)
	store.Down = true
	for path, earlier := range map[string]*reply{"/change": nil, "/guarded": ada} {
		told = nil
		r := get(t, app, path, earlier)
		chaintest.Want(t, path+": status", r.StatusCode, http.StatusServiceUnavailable)
		chaintest.Want(t, path+": page", r.body, "sorry: "+adapter.ErrorText(http.StatusServiceUnavailable))
		chaintest.Want(t, path+": errors", len(told), 1)
		chaintest.Want(t, path+": the cause is found", errors.Is(errors.Join(told...), chaintest.ErrOutage), true)
	}
}

func TestFibersOwnErrorPageKeepsTheCauseToItself(t *testing.T) {
	app := fiber.New()
	app.Get("/", fibersession.Middleware(chaintest.Manager(t, &chaintest.Store{Down: true})), change)
	r := get(t, app, "/", nil)
	chaintest.Want(t, "status", r.StatusCode, http.StatusServiceUnavailable)
	chaintest.Want(t, "type", r.Header.Get("Content-Type"), fiber.MIMETextPlainCharsetUTF8)
	chaintest.Want(t, "body", r.body, adapter.ErrorText(http.StatusServiceUnavailable))
}

func TestMountedApplicationsAndGroups(t *testing.T) {
	var told []error
	shop := fiber.New(fiber.Config{ErrorHandler: pages("shop: ", &told)})
	shop.Get("/guarded", fibersession.LoginRequired(core.Guard{LoginURL: "/login"}), change)
	shop.Get("/bare", fibersession.LoginRequired(core.Guard{}), change)
	app := fiber.New(fiber.Config{ErrorHandler: pages("app: ", &told)})
	sessions := fibersession.Middleware(chaintest.Manager(t, new(chaintest.Store)))
	app.Use(sessions)
	app.Get("/login", login)
	app.Mount("/shop", shop)
	app.Group("/club", sessions).Group("/bar").Get("/bare", fibersession.LoginRequired(core.Guard{}), change)

	chaintest.Want(t, "mounted: page", get(t, app, "/shop/bare", nil).body, "shop: Login required.")
	chaintest.Want(t, "mounted: location", get(t, app, "/shop/guarded?a=b", nil).Header.Get("Location"), "/login?next=%2Fshop%2Fguarded%3Fa%3Db")
	chaintest.Want(t, "in a group: page", get(t, app, "/club/bar/bare", nil).body, "app: Login required.")
	ada := get(t, app, "/login", nil)
	for _, path := range []string{"/shop/guarded", "/club/bar/bare"} {
		chaintest.Want(t, path, get(t, app, path, ada).body, "changed")
	}
}

func TestOuterMiddlewareSeesTheCookie(t *testing.T) {
	app := fiber.New()
	app.Use(compress.New(), etag.New(), fibersession.Middleware(chaintest.Manager(t, new(chaintest.Store))))
	long := strings.Repeat("changed ", 500)
	app.Get("/", func(c *fiber.Ctx) error {
		chaintest.Clicks.Set(fibersession.From(c), 1)
		return c.SendString(long)
	})
	r := get(t, app, "/", nil, "Accept-Encoding", "gzip")
	chaintest.Want(t, "encoding", r.Header.Get("Content-Encoding"), "gzip")
	chaintest.Want(t, "cookies", len(r.Cookies()), 1)
	r = get(t, app, "/", nil, "If-None-Match", r.Header.Get("Etag"))
	chaintest.Want(t, "status", r.StatusCode, http.StatusNotModified)
	chaintest.Want(t, "cookies of a 304", len(r.Cookies()), 1)
}

func TestAFailedSaveKeepsWhatOuterMiddlewareSet(t *testing.T) {
	app := fiber.New()
	app.Use(requestid.New(), cors.New(), etag.New(), compress.New(), func(c *fiber.Ctx) error {
		c.Cookie(&fiber.Cookie{Name: "outer", Value: "kept"})
		c.Set("Server", "outer")
		c.Set("X-Both", "outer")
		return c.Next()
	}, fibersession.Middleware(chaintest.Manager(t, &chaintest.Store{Down: true})))
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
	chaintest.Want(t, "status", r.StatusCode, http.StatusServiceUnavailable)
	chaintest.Want(t, "body", r.body, adapter.ErrorText(http.StatusServiceUnavailable))
	chaintest.Want(t, "cookies", strings.Join(r.Header["Set-Cookie"], "\n"), "outer=kept; path=/; SameSite=Lax")
	chaintest.Want(t, "connection is closed", r.Close, false)
	for name, value := range map[string]string{
		"X-Request-Id": "42", "Access-Control-Allow-Origin": "*", "Server": "outer", "X-Both": "outer", "X-Inner": "",
		"Content-Type": fiber.MIMETextPlainCharsetUTF8, "Content-Encoding": "", "Etag": "",
	} {
		chaintest.Want(t, name, r.Header.Get(name), value)
	}
}

func TestAFailedSaveDropsAStreamAndAnUpgrade(t *testing.T) {
	app, ended := fiber.New(), make(chan error, 1)
	app.Use(fibersession.Middleware(chaintest.Manager(t, &chaintest.Store{Down: true})))
	app.Get("/stream", func(c *fiber.Ctx) error {
		chaintest.Clicks.Set(fibersession.From(c), 1)
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			// It begins before the save has failed.
			var err error
			for end := time.Now().Add(10 * time.Second); err == nil && time.Now().Before(end); {
				_, err = io.WriteString(w, "streamed")
				err = errors.Join(err, w.Flush())
			}
			ended <- err
		})
		return nil
	})
	app.Get("/upgrade", func(c *fiber.Ctx) error {
		chaintest.Clicks.Set(fibersession.From(c), 1)
		c.Context().Hijack(func(net.Conn) { t.Error("the connection is taken over") })
		return c.SendStatus(http.StatusSwitchingProtocols)
	})
	for _, path := range []string{"/stream", "/upgrade"} {
		r := get(t, app, path, nil)
		chaintest.Want(t, path+": status", r.StatusCode, http.StatusServiceUnavailable)
		chaintest.Want(t, path+": body", r.body, adapter.ErrorText(http.StatusServiceUnavailable))
	}
	chaintest.Want(t, "the stream learns that it is not wanted", <-ended != nil, true)
	var ctx fasthttp.RequestCtx
	ctx.Request.SetRequestURI("/upgrade")
	app.Handler()(&ctx)
	chaintest.Want(t, "somebody waits for the connection", ctx.Hijacked(), false)
}

func TestTheUserContextCarriesTheSession(t *testing.T) {
	user := func(ctx context.Context) string { return core.MustFromContext(ctx, "fibersession").User() }
	app := fiber.New()
	app.Use(fibersession.Middleware(chaintest.Manager(t, new(chaintest.Store))))
	app.Get("/login", login)
	app.Get("/", func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			chaintest.Clicks.Set(core.MustFromContext(ctx, "fibersession"), 7)
			_, _ = io.WriteString(w, user(ctx))
		})
		return nil
	})
	app.Get("/chaintest.Clicks", func(c *fiber.Ctx) error {
		n, _ := chaintest.Clicks.Get(fibersession.From(c))
		return c.JSON(n)
	})
	ada := get(t, app, "/login", nil)
	chaintest.Want(t, "in a stream", get(t, app, "/", ada).body, "ada")
	chaintest.Want(t, "chaintest.Clicks after the stream", get(t, app, "/chaintest.Clicks", ada).body, "7")
}

func TestAStreamMayChangeTheSessionsOfTwoManagers(t *testing.T) {
	var managers []*core.Manager
	app := fiber.New()
	for _, name := range []string{"outer", "inner"} {
		m, err := core.New(memstore.New(), bytes.Repeat([]byte("s"), 32), &core.Options{
			Logger: slog.New(slog.DiscardHandler), Cookie: core.Cookie{Name: name, InsecureCookie: true},
		})
		if err != nil {
			t.Fatal(err)
		}
		managers = append(managers, m)
		app.Use(fibersession.Middleware(m))
	}
	each := func(c *fiber.Ctx, do func(*core.Session)) {
		for _, m := range managers {
			s, _ := m.FromContext(c.UserContext())
			do(s)
		}
	}
	app.Get("/login", func(c *fiber.Ctx) error {
		each(c, func(s *core.Session) { s.Login("ada") })
		return nil
	})
	app.Get("/stream", func(c *fiber.Ctx) error {
		var streams []*core.Session
		each(c, func(s *core.Session) { streams = append(streams, s) })
		c.Context().SetBodyStreamWriter(func(*bufio.Writer) {
			for _, s := range streams {
				chaintest.Clicks.Set(s, 7)
			}
		})
		return nil
	})
	app.Get("/clicks", func(c *fiber.Ctx) error {
		var clicks []int
		each(c, func(s *core.Session) {
			n, _ := chaintest.Clicks.Get(s)
			clicks = append(clicks, n)
		})
		return c.JSON(clicks)
	})
	ada := get(t, app, "/login", nil)
	get(t, app, "/stream", ada)
	chaintest.Want(t, "clicks", get(t, app, "/clicks", ada).body, "[7,7]")
}

// A logger outside may note the error and return nil.
func TestOuterMiddlewareMayDropErrors(t *testing.T) {
	app := fiber.New()
	app.Use(func(c *fiber.Ctx) error {
		_ = c.Next()
		return nil
	}, fibersession.Middleware(chaintest.Manager(t, &chaintest.Store{Down: true})))
	app.All("/", change)
	app.Get("/guarded", fibersession.LoginRequired(core.Guard{}), change)
	chaintest.Want(t, "no save", get(t, app, "/", nil).StatusCode, http.StatusServiceUnavailable)
	chaintest.Want(t, "no login", get(t, app, "/guarded", nil).StatusCode, http.StatusUnauthorized)
	chaintest.Want(t, "a missing page", get(t, app, "/missing", nil).StatusCode, http.StatusNotFound)
	cross := chaintest.Request("/", nil, "Sec-Fetch-Site", "cross-site")
	cross.Method = http.MethodPost
	answer, err := app.Test(cross)
	if err != nil {
		t.Fatal(err)
	}
	chaintest.Want(t, "another origin", answer.StatusCode, http.StatusForbidden)
}

func TestTheErrorHandlersAnswerIsFibers(t *testing.T) {
	var told []error
	shop := fiber.New(fiber.Config{ErrorHandler: pages("shop: ", &told)})
	shop.Get("/error", func(*fiber.Ctx) error { return fiber.ErrTeapot })
	app := fiber.New(fiber.Config{ErrorHandler: func(_ *fiber.Ctx, err error) error {
		told = append(told, err)
		return err
	}})
	app.Use(fibersession.Middleware(chaintest.Manager(t, new(chaintest.Store))))
	app.Get("/error", func(*fiber.Ctx) error { return fiber.ErrTeapot })
	app.Mount("/shop", shop)
	for path, want := range map[string]int{
		"/error": http.StatusInternalServerError, "/missing": http.StatusInternalServerError, "/shop/error": http.StatusTeapot,
	} {
		told = nil
		chaintest.Want(t, path+": status", get(t, app, path, nil).StatusCode, want)
		chaintest.Want(t, path+": calls of the error handler", len(told), 1)
	}
}
