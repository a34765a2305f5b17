package fibersession_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/filesystem"
	"github.com/gofiber/fiber/v2/middleware/rewrite"
	"github.com/gofiber/fiber/v2/middleware/skip"
	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/internal/chaintest"
)

// folder has a file that only users may read, and two for all.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"admin/f", "pub/f", "pub/a b"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("this is "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// raw sends a GET for exactly this path. From fasthttp 1.70 on, some get 400
// before there is a request.
func raw(t *testing.T, app *fiber.App, path, cookie string) (status int, body string) {
	t.Helper()
	var ctx fasthttp.RequestCtx
	var r fasthttp.Request
	head := "GET " + path + " HTTP/1.1\r\nHost: app.example\r\nCookie: " + cookie + "\r\n\r\n"
	if err := r.Read(bufio.NewReader(strings.NewReader(head))); err != nil {
		return http.StatusBadRequest, ""
	}
	ctx.Init(&r, nil, nil)
	app.Handler()(&ctx)
	return ctx.Response.StatusCode(), string(ctx.Response.Body())
}

// H38
func TestNoSpellingOfAPathLeadsPastAGuard(t *testing.T) {
	for _, unescape := range []bool{false, true} {
		noSpelling(t, fiber.Config{UnescapePath: unescape})
	}
}

func noSpelling(t *testing.T, config fiber.Config) {
	dir, guard := folder(t), fibersession.LoginRequired(core.Guard{})
	for name, mount := range map[string]func(app *fiber.App){
		"Static": func(app *fiber.App) {
			app.Use("/admin", guard)
			app.Static("/", dir)
		},
		"a group": func(app *fiber.App) {
			app.Group("/admin", guard)
			app.Static("/", dir)
		},
		"an application within": func(app *fiber.App) {
			within := fiber.New()
			within.Use(guard)
			app.Mount("/admin", within)
			app.Static("/", dir)
		},
		"a parameter": func(app *fiber.App) {
			app.Use("/:folder<regex(^admin$)>", guard)
			app.Static("/", dir)
		},
		"the file alone": func(app *fiber.App) {
			app.Get("/admin/f", guard, func(c *fiber.Ctx) error { return c.SendFile(filepath.Join(dir, "admin/f")) })
			app.Static("/", dir)
		},
		"SendFile": func(app *fiber.App) {
			app.Use("/admin", guard)
			app.Get("/*", func(c *fiber.Ctx) error { return c.SendFile(dir + "/" + c.Params("*")) })
		},
		"a guard that another handler calls": func(app *fiber.App) {
			app.Use("/admin", skip.New(guard, func(c *fiber.Ctx) bool { return c.Path() == "/admin/open" }))
			app.Static("/", dir)
		},
		"filesystem": func(app *fiber.App) {
			app.Use("/admin", guard)
			app.Use(filesystem.New(filesystem.Config{Root: http.Dir(dir)}))
		},
	} {
		name = fmt.Sprintf("%s, UnescapePath %v", name, config.UnescapePath)
		app := fiber.New(config)
		app.Use(fibersession.Middleware(chaintest.Manager(t, new(chaintest.Store))))
		app.Get("/login", login)
		mount(app)
		for _, path := range []string{
			"/admin/f", "/%61dmin/f", "//admin/f", "/./admin/f", "/x/../admin/f", "/%2e/admin/f", "/x/%2e%2e/admin/f",
			"/x/..%2fadmin/f", "/admin%2ff", "/%2fadmin/f", "/ADMIN/f", "///admin///f", "/admin//f", "/pub/../admin/f",
			"/x/..//admin/f", "/%61%64min/f", "/pub/..%5cadmin/f", "/%25/../admin/f", "/%zz/../%61dmin/f", "/admin/./f",
			"/admin/%66", "/%2561dmin/f", "/pub/%252e%252e/admin/f", "/;/../admin/f", "/pub%2f..%2fadmin/f",
			"admin/f", "%61dmin/f", "http://app.example/%61dmin/f", "http://app.example//admin/f", "/admin/f/", "/admin;/f",
			"//app.example/admin/f", "/x/..;/admin/f", "/admin%00/f", "/%5cadmin/f",
		} {
			if status, body := raw(t, app, path, ""); strings.Contains(body, "this is") || status == 200 {
				t.Errorf("%s: %s: %d %q", name, path, status, body)
			}
		}
		for _, path := range []string{"/pub/f", "/pub//f", "/pub/%66", "/pub/a%20b"} {
			if status, body := raw(t, app, path, ""); status != 200 && !strings.HasPrefix(name, "filesystem") {
				t.Errorf("%s: %s: %d %q, want the file", name, path, status, body)
			}
		}
		ada, _, _ := strings.Cut(get(t, app, "/login", nil).Header.Get("Set-Cookie"), ";")
		if status, body := raw(t, app, "/admin/f", ada); body != "this is admin/f" {
			t.Errorf("%s: with a login: %d %q", name, status, body)
		}
	}
}

// Fiber's rewrite middleware hands on what it found, encoded as it came.
func TestARewrittenPathLeadsPastNoGuard(t *testing.T) {
	for name, twice := range map[string]bool{"outside": false, "between two": true} {
		app := fiber.New()
		app.Get("/again", func(c *fiber.Ctx) error {
			c.Path("/%61dmin/f")
			return c.RestartRouting()
		})
		sessions := fibersession.Middleware(chaintest.Manager(t, new(chaintest.Store)))
		if twice {
			app.Use(sessions)
		}
		app.Use(rewrite.New(rewrite.Config{Rules: map[string]string{"/old/*": "/$1"}}), sessions)
		app.Use("/admin", fibersession.LoginRequired(core.Guard{}))
		app.Static("/", folder(t))
		for path, want := range map[string]int{
			"/old/pub/f": 200, "/old/admin/f": 401, "/old/%61dmin/f": 404, "/old//admin/f": 404, "/again": 404,
		} {
			status, body := raw(t, app, path, "")
			chaintest.Want(t, name+": "+path+": "+body, status, want)
		}
	}
}

// Static cuts its prefix off by its length, from a path whose prefix ".." may have changed.
func TestNoSegmentOfDotsMovesThePrefixOfStatic(t *testing.T) {
	app := fiber.New()
	app.Use(fibersession.Middleware(chaintest.Manager(t, new(chaintest.Store))))
	app.Use("/files/admin", fibersession.LoginRequired(core.Guard{}))
	app.Static("/files", folder(t))
	for _, path := range []string{"/files/../12345/admin/f", "/files/..%2f12345/admin/f", "/files/admin/f"} {
		if status, body := raw(t, app, path, ""); status == 200 {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	chaintest.Want(t, "another file", get(t, app, "/files/pub/f", nil).body, "this is pub/f")
}

// Fiber parses a route's pattern at each comparison, in 14 allocations.
func TestAnEncodedPathIsNotComparedWithEveryRoute(t *testing.T) {
	app := fiber.New()
	app.Use(fibersession.Middleware(chaintest.Manager(t, new(chaintest.Store))))
	for i := range 500 {
		app.Get(fmt.Sprintf("/thing%d/:id", i), func(*fiber.Ctx) error { return nil })
	}
	app.Get("/page/:name", func(*fiber.Ctx) error { return nil })
	serve := app.Handler()
	var ctx fasthttp.RequestCtx
	allocations := testing.AllocsPerRun(10, func() {
		ctx.Request.Reset()
		ctx.Request.SetRequestURI("/page/a%20b")
		serve(&ctx)
	})
	chaintest.Want(t, "status", ctx.Response.StatusCode(), http.StatusOK)
	if allocations > 200 {
		t.Errorf("%v allocations, want less than 200", allocations)
	}
}
