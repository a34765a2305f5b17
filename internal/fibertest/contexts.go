package fibertest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/internal/chaintest"
)

// Contexts tests that whatever Fiber's users take for a context has the session.
func Contexts(t *testing.T, v Version) {
	run(t, v, map[string]func(*testing.T, Version){
		"a stream keeps the session":            streamed,
		"each context has the session":          carried,
		"a handler of net/http has the session": handlerOfNetHTTP,
		"a stream with two Managers":            twoManagers,
		"names of headers have no case":         lowerCase,
	})
}

func user(ctx context.Context) string { return core.MustFromContext(ctx, "the test's").User() }

func (v Version) clicks(c Ctx) error {
	n, _ := chaintest.Clicks.Get(v.From(c))
	return c.SendString(fmt.Sprint(n))
}

func streamed(t *testing.T, v Version) {
	app := v.site(t, new(chaintest.Store), Config{})
	app.Get("/", func(c Ctx) error {
		ctx := c.Context()
		c.RequestCtx().SetBodyStreamWriter(func(w *bufio.Writer) {
			chaintest.Clicks.Set(core.MustFromContext(ctx, "the test's"), 7)
			_, _ = io.WriteString(w, user(ctx))
		})
		return nil
	})
	app.Get("/clicks", v.clicks)
	ada := get(t, app, "/login", nil)
	chaintest.Want(t, "in a stream", get(t, app, "/", ada).body, "ada")
	chaintest.Want(t, "clicks after the stream", get(t, app, "/clicks", ada).body, "7")
}

func carried(t *testing.T, v Version) {
	m := chaintest.Manager(new(chaintest.Store))
	app := v.New(Config{})
	app.Use(v.Middleware(m))
	app.Get("/login", v.login)
	app.Get("/", func(c Ctx) error {
		for what, ctx := range map[string]context.Context{"Context": c.Context(), "Values": c.Values(), "RequestCtx": c.RequestCtx()} {
			innermost, _ := core.FromContext(ctx)
			own, _ := m.FromContext(ctx)
			chaintest.Want(t, what+": the innermost session", innermost, v.From(c))
			chaintest.Want(t, what+": the Manager's session", own, v.From(c))
		}
		return nil
	})
	get(t, app, "/", get(t, app, "/login", nil))
}

func handlerOfNetHTTP(t *testing.T, v Version) {
	store := new(chaintest.Store)
	app := v.site(t, store, Config{})
	app.Get("/", v.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := core.MustFromContext(r.Context(), "the test's")
		chaintest.Clicks.Set(s, 7)
		_, _ = io.WriteString(w, "user "+s.User())
	})))
	app.Get("/clicks", v.clicks)
	chaintest.Want(t, "with a login", get(t, app, "/", get(t, app, "/login", nil)).body, "user ada")
	stranger := get(t, app, "/", nil)
	chaintest.Want(t, "clicks", get(t, app, "/clicks", stranger).body, "7")
	store.Down = true
	failed := get(t, app, "/", nil)
	chaintest.Want(t, "no save: status", failed.StatusCode, http.StatusServiceUnavailable)
	chaintest.Want(t, "no save: body", failed.body, adapter.ErrorText(http.StatusServiceUnavailable))
}

func twoManagers(t *testing.T, v Version) {
	var managers []*core.Manager
	app := v.New(Config{})
	for _, name := range []string{"outer", "inner"} {
		m, err := core.New(memstore.New(), bytes.Repeat([]byte("s"), 32), &core.Options{
			Logger: slog.New(slog.DiscardHandler), Cookie: core.Cookie{Name: name, InsecureCookie: true},
		})
		if err != nil {
			t.Fatal(err)
		}
		managers = append(managers, m)
		app.Use(v.Middleware(m))
	}
	each := func(c Ctx, do func(*core.Session)) {
		for _, m := range managers {
			s, _ := m.FromContext(c.Context())
			do(s)
		}
	}
	app.Get("/login", func(c Ctx) error {
		each(c, func(s *core.Session) { s.Login("ada") })
		return nil
	})
	app.Get("/stream", func(c Ctx) error {
		var streams []*core.Session
		each(c, func(s *core.Session) { streams = append(streams, s) })
		c.RequestCtx().SetBodyStreamWriter(func(*bufio.Writer) {
			for _, s := range streams {
				chaintest.Clicks.Set(s, 7)
			}
		})
		return nil
	})
	app.Get("/clicks", func(c Ctx) error {
		var clicks []int
		each(c, func(s *core.Session) {
			n, _ := chaintest.Clicks.Get(s)
			clicks = append(clicks, n)
		})
		return c.SendString(fmt.Sprint(clicks))
	})
	ada := get(t, app, "/login", nil)
	get(t, app, "/stream", ada)
	chaintest.Want(t, "clicks", get(t, app, "/clicks", ada).body, "[7 7]")
}

// WithoutMiddleware tests that From says what to do.
func WithoutMiddleware(t *testing.T, v Version) {
	app := v.New(Config{})
	app.Get("/", func(c Ctx) error {
		chaintest.WithoutMiddleware(t, v.Package, func() { v.From(c) })
		return nil
	})
	get(t, app, "/", nil)
}

// A proxy that speaks HTTP/2 to browsers may send lower case (RFC 9113, section 8.2).
// R46
func lowerCase(t *testing.T, v Version) {
	for _, asTheyCame := range []bool{false, true} {
		app := v.site(t, new(chaintest.Store), Config{DisableHeaderNormalizing: asTheyCame})
		ada := get(t, app, "/login", nil)
		for name, value := range map[string]string{"sec-fetch-site": "cross-site", "origin": "https://evil.example", "ORIGIN": "https://evil.example"} {
			r := chaintest.Request("/change", ada.Cookies())
			r.Method, r.Header[name] = http.MethodPost, []string{value}
			answer, err := app.Test(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			chaintest.Want(t, fmt.Sprintf("as they came %t: %s", asTheyCame, name), answer.StatusCode, http.StatusForbidden)
		}
	}
}
