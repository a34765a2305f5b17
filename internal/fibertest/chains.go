package fibertest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/internal/chaintest"
)

// Chains tests the adapter in chains of Fiber's own middleware.
func Chains(t *testing.T, v Version) {
	run(t, v, map[string]func(*testing.T, Version){
		"errors reach the error handler":               errorHandler,
		"mounted applications and groups":              mounted,
		"outer middleware sees the cookie":             outerMiddleware,
		"a failed save keeps what was set outside":     failedSave,
		"a failed save drops a stream and an upgrade":  failedStream,
		"outer middleware may drop errors":             droppedErrors,
		"the error handler's answer is Fiber's":        errorOfErrorHandler,
		"a handler that goes on after a time-out":      timedOut,
		"a handler that goes on after a failed answer": timedOutWithoutStore,
	})
}

// pages is an error handler that notes what it is told.
func (v Version) pages(name string, told *[]error) func(Ctx, error) error {
	return func(c Ctx, err error) error {
		*told = append(*told, err)
		status, text, ok := v.AsError(err)
		if !ok {
			status = http.StatusInternalServerError
		}
		c.RequestCtx().SetStatusCode(status)
		return c.SendString(name + text)
	}
}

func errorHandler(t *testing.T, v Version) {
	store, told := new(chaintest.Store), []error(nil)
	app := v.site(t, store, Config{ErrorHandler: v.pages("sorry: ", &told)})
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

func mounted(t *testing.T, v Version) {
	var told []error
	shop := v.New(Config{ErrorHandler: v.pages("shop: ", &told)})
	shop.Get("/guarded", v.LoginRequired(core.Guard{LoginURL: "/login"}), v.change)
	shop.Get("/bare", v.LoginRequired(core.Guard{}), v.change)
	m := chaintest.Manager(new(chaintest.Store))
	app := v.New(Config{ErrorHandler: v.pages("app: ", &told)})
	app.Use(v.Middleware(m))
	app.Get("/login", v.login)
	app.Mount("/shop", shop)
	app.Group("/club", v.Middleware(m)).Group("/bar").Get("/bare", v.LoginRequired(core.Guard{}), v.change)

	chaintest.Want(t, "mounted: page", get(t, app, "/shop/bare", nil).body, "shop: Login required.")
	chaintest.Want(t, "mounted: location", get(t, app, "/shop/guarded?a=b", nil).Header.Get("Location"), "/login?next=%2Fshop%2Fguarded%3Fa%3Db")
	chaintest.Want(t, "in a group: page", get(t, app, "/club/bar/bare", nil).body, "app: Login required.")
	ada := get(t, app, "/login", nil)
	for _, path := range []string{"/shop/guarded", "/club/bar/bare"} {
		chaintest.Want(t, path, get(t, app, path, ada).body, "changed")
	}
}

func outerMiddleware(t *testing.T, v Version) {
	app := v.site(t, new(chaintest.Store), Config{}, v.ETag, v.Compress)
	long := strings.Repeat("changed ", 500)
	app.Get("/", func(c Ctx) error {
		chaintest.Clicks.Set(v.From(c), 1)
		return c.SendString(long)
	})
	r := get(t, app, "/", nil, "Accept-Encoding", "gzip")
	chaintest.Want(t, "encoding", r.Header.Get("Content-Encoding"), "gzip")
	chaintest.Want(t, "cookies", len(r.Cookies()), 1)
	tag := r.Header.Get("Etag")
	r = get(t, app, "/", nil, "Accept-Encoding", "gzip", "If-None-Match", tag)
	chaintest.Want(t, "status", r.StatusCode, http.StatusNotModified)
	chaintest.Want(t, "cookies of a 304", len(r.Cookies()), 1)
}

func failedSave(t *testing.T, v Version) {
	app := v.site(t, &chaintest.Store{Down: true}, Config{}, v.RequestID, v.CORS, v.ETag, v.Compress, func(c Ctx) error {
		c.RequestCtx().Response.Header.SetCookie(cookie("outer", "kept"))
		c.Set("Server", "outer")
		c.Set("X-Both", "outer")
		return c.Next()
	})
	app.Get("/", func(c Ctx) error {
		c.RequestCtx().Response.Header.SetCookie(cookie("inner", "dropped"))
		c.RequestCtx().Response.Header.SetCookie(cookie("outer", "changed"))
		c.RequestCtx().SetConnectionClose()
		for name, value := range map[string]string{
			"Content-Type": "image/png", "Content-Encoding": "br", "Server": "inner", "X-Both": "inner", "X-Inner": "dropped",
		} {
			c.Set(name, value)
		}
		return v.change(c)
	})
	r := get(t, app, "/", nil, "Origin", "https://other.example", "X-Request-Id", "42")
	chaintest.Want(t, "status", r.StatusCode, http.StatusServiceUnavailable)
	chaintest.Want(t, "body", r.body, adapter.ErrorText(http.StatusServiceUnavailable))
	chaintest.Want(t, "cookies", strings.Join(r.Header["Set-Cookie"], "\n"), "outer=kept")
	chaintest.Want(t, "connection is closed", r.Close, false)
	for name, value := range map[string]string{
		"X-Request-Id": "42", "Access-Control-Allow-Origin": "*", "Server": "outer", "X-Both": "outer", "X-Inner": "",
		"Content-Type": "text/plain; charset=utf-8", "Content-Encoding": "", "Etag": "",
	} {
		chaintest.Want(t, name, r.Header.Get(name), value)
	}
}

func cookie(name, value string) *fasthttp.Cookie {
	var c fasthttp.Cookie
	c.SetKey(name)
	c.SetValue(value)
	return &c
}

func failedStream(t *testing.T, v Version) {
	app, ended := v.site(t, &chaintest.Store{Down: true}, Config{}), make(chan error, 1)
	app.Get("/stream", func(c Ctx) error {
		chaintest.Clicks.Set(v.From(c), 1)
		c.RequestCtx().SetBodyStreamWriter(func(w *bufio.Writer) {
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
	app.Get("/upgrade", func(c Ctx) error {
		chaintest.Clicks.Set(v.From(c), 1)
		c.RequestCtx().Hijack(func(net.Conn) { t.Error("the connection is taken over") })
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

// A logger outside may note the error and return nil.
func droppedErrors(t *testing.T, v Version) {
	app := v.site(t, &chaintest.Store{Down: true}, Config{}, func(c Ctx) error {
		_ = c.Next()
		return nil
	})
	chaintest.Want(t, "no save", get(t, app, "/change", nil).StatusCode, http.StatusServiceUnavailable)
	chaintest.Want(t, "no login", get(t, app, "/guarded", nil).StatusCode, http.StatusUnauthorized)
	chaintest.Want(t, "a missing page", get(t, app, "/missing", nil).StatusCode, http.StatusNotFound)
	cross := chaintest.Request("/change", nil, "Sec-Fetch-Site", "cross-site")
	cross.Method = http.MethodPost
	answer, err := app.Test(cross)
	if err != nil {
		t.Fatal(err)
	}
	chaintest.Want(t, "another origin", answer.StatusCode, http.StatusForbidden)
}

func errorOfErrorHandler(t *testing.T, v Version) {
	var told []error
	fail := func(Ctx) error { return v.NewError(http.StatusTeapot, "tea") }
	shop := v.New(Config{ErrorHandler: v.pages("shop: ", &told)})
	shop.Get("/error", fail)
	app := v.site(t, new(chaintest.Store), Config{ErrorHandler: func(_ Ctx, err error) error {
		told = append(told, err)
		return err
	}})
	app.Get("/error", fail)
	app.Mount("/shop", shop)
	for path, want := range map[string]int{
		"/error": http.StatusInternalServerError, "/missing": http.StatusInternalServerError, "/shop/error": http.StatusTeapot,
	} {
		told = nil
		chaintest.Want(t, path+": status", get(t, app, path, nil).StatusCode, want)
		chaintest.Want(t, path+": calls of the error handler", len(told), 1)
	}
}

// A middleware such as Fiber's timeout answers while the handler runs on, and
// fasthttp sends what was the response then.
func timedOut(t *testing.T, v Version) {
	app, over := v.site(t, new(chaintest.Store), Config{}), make(chan struct{})
	saved := make(chan error, 1)
	app.Get("/slow", func(c Ctx) error {
		c.RequestCtx().TimeoutError("took too long")
		s, ctx := v.From(c), c.Context()
		s.Login("ada")
		go func() {
			<-over
			chaintest.Clicks.Set(s, 7)
			saved <- s.Save(ctx)
		}()
		return c.SendString("not sent")
	})
	app.Get("/clicks", func(c Ctx) error {
		n, _ := chaintest.Clicks.Get(v.From(c))
		return c.SendString(strings.Repeat("x", n))
	})
	r := get(t, app, "/slow", nil)
	chaintest.Want(t, "body", r.body, "took too long")
	chaintest.Want(t, "cookies", len(r.Cookies()), 1)
	chaintest.Want(t, "Cache-Control", r.Header.Get("Cache-Control"), "no-store")
	close(over)
	chaintest.Want(t, "a late Save", <-saved, nil)
	chaintest.Want(t, "user", get(t, app, "/user", r).body, "ada")
	chaintest.Want(t, "clicks", len(get(t, app, "/clicks", r).body), 7)
}

func timedOutWithoutStore(t *testing.T, v Version) {
	app := v.site(t, &chaintest.Store{Down: true}, Config{}, func(c Ctx) error {
		c.Set("X-Outer", "kept")
		return c.Next()
	})
	app.Get("/slow", func(c Ctx) error {
		v.From(c).Login("ada")
		c.Set("X-Inner", "dropped")
		c.RequestCtx().SetBodyString("signed in")
		c.RequestCtx().TimeoutErrorWithResponse(&c.RequestCtx().Response)
		return nil
	})
	r := get(t, app, "/slow", nil)
	chaintest.Want(t, "status", r.StatusCode, http.StatusServiceUnavailable)
	chaintest.Want(t, "body", r.body, adapter.ErrorText(http.StatusServiceUnavailable)+"\n")
	chaintest.Want(t, "cookies", len(r.Cookies()), 0)
	chaintest.Want(t, "outer header", r.Header.Get("X-Outer"), "kept")
	chaintest.Want(t, "inner header", r.Header.Get("X-Inner"), "")
}
