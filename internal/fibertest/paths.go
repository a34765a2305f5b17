package fibertest

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/internal/chaintest"
)

// Paths tests that no spelling of a path leads past a guard to a file. H38
func Paths(t *testing.T, v Version) {
	run(t, v, map[string]func(*testing.T, Version){
		"no spelling leads past":    func(t *testing.T, v Version) { spellings(t, v, Config{}) },
		"UnescapePath":              func(t *testing.T, v Version) { spellings(t, v, Config{UnescapePath: true}) },
		"StrictRouting":             func(t *testing.T, v Version) { spellings(t, v, Config{StrictRouting: true}) },
		"a path that was rewritten": rewritten,
		"dots move no prefix":       dots,
		"routes are not all parsed": fewParsings,
		"routes with 30 parameters": crowdedRoutes,
	})
}

// folder has a file that only users may read, and some for all.
func folder(t *testing.T) string {
	return chaintest.Folder(t, "admin/f", "pub/f", "pub/a b", "pub/100%")
}

// raw sends a GET for exactly this path. From fasthttp 1.70 on, some get 400
// before there is a request.
func raw(t *testing.T, app App, path, cookie string) (status int, body string) {
	t.Helper()
	var ctx fasthttp.RequestCtx
	var r fasthttp.Request
	head := "GET " + path + " HTTP/1.1\r\nHost: app.example\r\nCookie: " + cookie + "\r\n\r\n"
	if err := r.Read(bufio.NewReader(strings.NewReader(head))); err != nil {
		return http.StatusBadRequest, ""
	}
	ctx.Init(&r, nil, log.New(io.Discard, "", 0)) // which files are not found
	app.Handler()(&ctx)
	return ctx.Response.StatusCode(), string(ctx.Response.Body())
}

// mounts are the ways to guard a folder and to serve it.
func (v Version) mounts(dir string) map[string]func(app App) {
	guard := v.LoginRequired(core.Guard{})
	return map[string]func(app App){
		"Static": func(app App) {
			app.Use("/admin", guard)
			app.Static("/", dir)
		},
		"a group": func(app App) {
			app.Group("/admin", guard)
			app.Static("/", dir)
		},
		"an application within": func(app App) {
			within := v.New(Config{})
			within.Use(guard)
			app.Mount("/admin", within)
			app.Static("/", dir)
		},
		"a parameter": func(app App) {
			app.Use("/:folder<regex(^admin$)>", guard)
			app.Static("/", dir)
		},
		"the file alone": func(app App) {
			app.Get("/admin/f", guard, func(c Ctx) error { return c.SendFile(filepath.Join(dir, "admin/f")) })
			app.Static("/", dir)
		},
		"SendFile": func(app App) {
			app.Use("/admin", guard)
			app.Get("/*", func(c Ctx) error { return c.SendFile(dir + "/" + c.Params("*")) })
		},
		"a guard that another handler calls": func(app App) {
			app.Use("/admin", v.Skip(guard, func(c Ctx) bool { return c.Path() == "/admin/open" }))
			app.Static("/", dir)
		},
		"files of a middleware": func(app App) {
			app.Use("/admin", guard)
			app.Use(v.Files(dir))
		},
	}
}

func spellings(t *testing.T, v Version, config Config) {
	dir := folder(t)
	for name, mount := range v.mounts(dir) {
		if config.StrictRouting && name == "the file alone" {
			continue // Middleware's comment says so.
		}
		app := v.New(config)
		app.Use(v.Middleware(chaintest.Manager(new(chaintest.Store))))
		app.Get("/login", v.login)
		app.Get("/item/:id", func(c Ctx) error { return c.SendString("an item") })
		mount(app)
		for _, path := range []string{
			"/admin/f", "/%61dmin/f", "//admin/f", "/./admin/f", "/x/../admin/f", "/%2e/admin/f", "/x/%2e%2e/admin/f",
			"/x/..%2fadmin/f", "/admin%2ff", "/%2fadmin/f", "/ADMIN/f", "///admin///f", "/admin//f", "/pub/../admin/f",
			"/x/..//admin/f", "/%61%64min/f", "/pub/..%5cadmin/f", "/%25/../admin/f", "/%zz/../%61dmin/f", "/admin/./f",
			"/admin/%66", "/%2561dmin/f", "/pub/%252e%252e/admin/f", "/;/../admin/f", "/pub%2f..%2fadmin/f",
			"admin/f", "%61dmin/f", "http://app.example/%61dmin/f", "http://app.example//admin/f", "/admin/f/", "/admin;/f",
			"//app.example/admin/f", "/x/..;/admin/f", "/admin%00/f", "/%5cadmin/f", "/%25252561dmin/f", "/%252561dmin/f",
			`/\admin/f`, `/admin\f`, "/admin%5cf", "/admin%255cf", "/%252fadmin%252ff", "/%25252525252561dmin/f",
		} {
			if status, body := raw(t, app, path, ""); strings.Contains(body, "this is") || status == 200 {
				t.Errorf("%s: %s: %d %q", name, path, status, body)
			}
		}
		for _, path := range []string{"/pub/f", "/pub//f", "/pub/%66", "/pub/a%20b", "/pub/100%25"} {
			if status, body := raw(t, app, path, ""); status != 200 && !v.Unfound[name] && !v.Unfound[path] {
				t.Errorf("%s: %s: %d %q, want the file", name, path, status, body)
			}
		}
		for _, id := range chaintest.Items {
			if _, body := raw(t, app, "/item/"+id, ""); body != "an item" && !config.UnescapePath {
				t.Errorf("%s: /item/%s: %q, want an item", name, id, body)
			}
		}
		leads := 0
		chaintest.EachPath(3, func(path string) {
			if _, body := raw(t, app, path, ""); strings.Contains(body, "this is admin") {
				if leads++; leads < 5 {
					t.Errorf("%s: %s: %q", name, path, body)
				}
			}
		})
		ada, _, _ := strings.Cut(get(t, app, "/login", nil).Header.Get("Set-Cookie"), ";")
		if status, body := raw(t, app, "/admin/f", ada); body != "this is admin/f" {
			t.Errorf("%s: with a login: %d %q", name, status, body)
		}
	}
}

// Fiber's rewrite middleware hands on what it found, encoded as it came.
func rewritten(t *testing.T, v Version) {
	for name, twice := range map[string]bool{"outside": false, "between two": true} {
		app := v.New(Config{})
		app.Get("/again", func(c Ctx) error {
			c.Path("/%61dmin/f")
			return c.RestartRouting()
		})
		sessions := v.Middleware(chaintest.Manager(new(chaintest.Store)))
		if twice {
			app.Use(sessions)
		}
		app.Use(v.Rewrite(map[string]string{"/old/*": "/$1"}), sessions)
		app.Use("/admin", v.LoginRequired(core.Guard{}))
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
func dots(t *testing.T, v Version) {
	app := v.New(Config{})
	app.Use(v.Middleware(chaintest.Manager(new(chaintest.Store))))
	app.Use("/files/admin", v.LoginRequired(core.Guard{}))
	app.Static("/files", folder(t))
	for _, path := range []string{
		"/files/../12345/admin/f", "/files/..%2f12345/admin/f", "/files/%252e%252e/12345/admin/f", "/files/admin/f",
		"/files/%2561dmin/f", `/files\admin/f`, "/files/%5cadmin/f",
	} {
		if status, body := raw(t, app, path, ""); status == 200 {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	chaintest.Want(t, "another file", get(t, app, "/files/pub/f", nil).body, "this is pub/f")
}

// Fiber parses a route's pattern at each comparison, in 14 allocations.
func fewParsings(t *testing.T, v Version) {
	app := v.New(Config{})
	app.Use(v.Middleware(chaintest.Manager(new(chaintest.Store))))
	for i := range 500 {
		app.Get(fmt.Sprintf("/thing%d/:id", i), func(Ctx) error { return nil })
	}
	app.Get("/page/:name", func(Ctx) error { return nil })
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

// Fiber panics for a pattern with more than 30 parameters.
func crowdedRoutes(t *testing.T, v Version) {
	app := v.New(Config{})
	app.Use(v.Middleware(chaintest.Manager(new(chaintest.Store))))
	app.Get("/many"+strings.Repeat("/:p", 30), func(c Ctx) error { return c.SendString("many") })
	path := "/many" + strings.Repeat("/p", 29)
	for last, want := range map[string]int{"/p": 200, "/a%20b": 404} {
		status, _ := raw(t, app, path+last, "")
		chaintest.Want(t, last, status, want)
	}
}
