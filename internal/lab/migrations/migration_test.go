package migrations_test

import (
	"bytes"
	"net/http"
	"strconv"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	storage "github.com/gofiber/storage/redis/v3"
	"github.com/labstack/echo-contrib/session"
	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/lab/migrations/chi"

	echoafter "github.com/ringsession/ringsession/internal/lab/migrations/echo/after"
	echobefore "github.com/ringsession/ringsession/internal/lab/migrations/echo/before"
	echoboth "github.com/ringsession/ringsession/internal/lab/migrations/echo/both"
	fiberafter "github.com/ringsession/ringsession/internal/lab/migrations/fiber/after"
	fiberbefore "github.com/ringsession/ringsession/internal/lab/migrations/fiber/before"
	fiberboth "github.com/ringsession/ringsession/internal/lab/migrations/fiber/both"
	ginafter "github.com/ringsession/ringsession/internal/lab/migrations/gin/after"
	ginbefore "github.com/ringsession/ringsession/internal/lab/migrations/gin/before"
	ginboth "github.com/ringsession/ringsession/internal/lab/migrations/gin/both"
	scsafter "github.com/ringsession/ringsession/internal/lab/migrations/scs/after"
	scsbefore "github.com/ringsession/ringsession/internal/lab/migrations/scs/before"
	scsboth "github.com/ringsession/ringsession/internal/lab/migrations/scs/both"
)

func init() { gin.SetMode(gin.ReleaseMode) }

var secret = bytes.Repeat([]byte("32 bytes "), 4)

// A migration is one page: the application before, after, and with both.
type migration struct {
	name                string
	before, after, both http.Handler
}

func migrations(t *testing.T) []migration {
	t.Helper()
	m := miniredis.RunT(t)
	manager := newManager(t, m)
	return []migration{viaSCS(t, m, manager), viaGin(t, m, manager), viaEcho(manager), viaFiber(t, m, manager)}
}

func newManager(t *testing.T, m *miniredis.Miniredis) *core.Manager {
	t.Helper()
	return newManagerWith(t, m, nil)
}

func newManagerWith(t *testing.T, m *miniredis.Miniredis, opts *core.Options) *core.Manager {
	t.Helper()
	store, err := redisstore.Open(t.Context(), []redisstore.Shard{{Name: "a", URL: "redis://" + m.Addr()}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	manager, err := core.New(store, secret, opts)
	if err != nil {
		t.Fatal(err)
	}
	return manager
}

func viaSCS(t *testing.T, m *miniredis.Miniredis, manager *core.Manager) migration {
	client := redis.NewClient(&redis.Options{Addr: m.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	old := scsbefore.Sessions(client)
	after := scsafter.Handler(manager)
	return migration{"scs", scsbefore.Handler(old), after, scsboth.Handler(old, manager, after)}
}

func viaGin(t *testing.T, m *miniredis.Miniredis, manager *core.Manager) migration {
	store, err := ginbefore.Store(m.Addr(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return migration{"gin-contrib/sessions", ginbefore.Engine(store), ginafter.Engine(manager),
		ginafter.Engine(manager, sessions.Sessions("mysession", store), ginboth.TakeOver)}
}

func viaEcho(manager *core.Manager) migration {
	store := echobefore.Store(secret)
	return migration{"echo-contrib/session", echobefore.Application(store), echoafter.Application(manager),
		echoafter.Application(manager, session.Middleware(store), echoboth.TakeOver)}
}

func viaFiber(t *testing.T, m *miniredis.Miniredis, manager *core.Manager) migration {
	port, err := strconv.Atoi(m.Port())
	if err != nil {
		t.Fatal(err)
	}
	redis := storage.New(storage.Config{Host: m.Host(), Port: port})
	t.Cleanup(func() { _ = redis.Close() })
	store := fiberbefore.Store(redis)
	handler := func(app *fiber.App) http.Handler { return adaptor.FiberApp(app) }
	return migration{"Fiber's session", handler(fiberbefore.Application(store)), handler(fiberafter.Application(manager)),
		handler(fiberafter.Application(manager, fiberboth.TakeOver(store)))}
}

// The same requests have the same answers before and after.
func TestBothProgramsBehaveAlike(t *testing.T) {
	for _, m := range migrations(t) {
		visit(t, m.name+", before", m.before)
		visit(t, m.name+", after", m.after)
		visit(t, m.name+", both", m.both)
	}
}

func TestRoutersOfNetHTTPNeedNoAdapterOfTheirOwn(t *testing.T) {
	manager, err := core.New(memstore.New(), secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	visit(t, "chi", chi.Handler(manager))
}

// visit sends the requests of a visitor who signs in and out.
func visit(t *testing.T, name string, handler http.Handler) {
	t.Helper()
	b := newBrowser(t, handler)
	for i, step := range []struct{ method, path, want string }{
		{"GET", "/", `200 visit 1 of ""`},
		{"GET", "/", `200 visit 2 of ""`},
		{"GET", "/account", "303 to /login"},
		{"POST", "/login", "303 to /account"},
		{"GET", "/account", `200 account of "ada"`},
		{"GET", "/", `200 visit 3 of "ada"`},
		{"POST", "/logout", "303 to /"},
		{"GET", "/account", "303 to /login"},
		{"GET", "/", `200 visit 1 of ""`},
	} {
		if got := b.ask(step.method, step.path); got != step.want {
			t.Errorf("%s, step %d, %s %s: %s, want %s", name, i+1, step.method, step.path, got, step.want)
		}
	}
}

// A user who is signed in with the old library stays so while both run, and a logout then is the end.
func TestLoginsAreTakenOver(t *testing.T) {
	for _, m := range migrations(t) {
		b := newBrowser(t, m.before)
		b.ask("POST", "/login")
		old := b.cookies()
		b.serve(m.after)
		if got := b.ask("GET", "/account"); got != "303 to /login" {
			t.Errorf("%s: switched without both: %s, so a login is taken over anyway", m.name, got)
		}
		b.serve(m.both)
		if got, want := b.ask("GET", "/account"), `200 account of "ada"`; got != want {
			t.Errorf("%s: with both: %s, want %s", m.name, got, want)
		}
		b.serve(m.after)
		if got, want := b.ask("GET", "/account"), `200 account of "ada"`; got != want {
			t.Errorf("%s: the login does not outlast the old library: %s", m.name, got)
		}
		b.serve(m.both)
		b.ask("POST", "/logout")
		if got := b.ask("GET", "/account"); got != "303 to /login" {
			t.Errorf("%s: after the logout: %s", m.name, got)
		}
		// Whoever kept the old cookie: a store on the server has forgotten it, a cookie that holds the data cannot be ended.
		copied := newBrowser(t, m.both)
		copied.keep(old)
		want := "303 to /login"
		if m.name == "echo-contrib/session" {
			want = `200 account of "ada"`
		}
		if got := copied.ask("GET", "/account"); got != want {
			t.Errorf("%s: with a copy of the old cookie: %s, want %s", m.name, got, want)
		}
	}
}
