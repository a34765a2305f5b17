package fibersession

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// passesGuards reports whether the request's path would lead past a guard.
// Fiber's router compares the path as it came. What serves files (Static,
// SendFile, the filesystem middleware) takes the path that fasthttp has decoded
// and cleaned. So a guard on /admin does not run for /%61dmin/f, and the file
// admin/f is served all the same. With UnescapePath, SendFile may get what
// Fiber has decoded, and decodes it again.
func passesGuards(c *fiber.Ctx) bool {
	u := c.Context().URI()
	if string(u.Path()) != c.Path() && leadsPast(c, string(u.PathOriginal())) {
		return true
	}
	return c.App().Config().UnescapePath && leadsPast(c, c.Path())
}

// leadsPast compares what the router has, c.Path(), with what serves files
// makes of a path. A segment ".." moves the prefix that Static cuts off, so it
// always leads past. Every route counts, because any handler may guard: one
// that calls a guard, such as that of the skip middleware, looks like all
// others.
func leadsPast(c *fiber.Ctx, path string) bool {
	var u fasthttp.URI
	u.SetPath(path)
	came, served, config := c.Path(), string(u.Path()), c.App().Config()
	if came == served {
		return false
	}
	decoded, err := url.PathUnescape(path)
	dots := func(segment string) bool { return segment == "." || segment == ".." }
	if err != nil || slices.ContainsFunc(strings.FieldsFunc(decoded, slash), dots) {
		return true
	}
	for _, routes := range c.App().Stack() {
		for _, route := range routes {
			if route.Method == c.Method() && covers(route, served, config) &&
				!covers(route, came, config) {
				return true
			}
		}
	}
	return false
}

func slash(r rune) bool { return r == '/' || r == '\\' }

// covers reports whether the path is the route's or below it.
func covers(route *fiber.Route, path string, config fiber.Config) bool {
	below := strings.TrimSuffix(route.Path, "/") + "/*"
	return fiber.RoutePatternMatch(path, route.Path, config) ||
		fiber.RoutePatternMatch(path, below, config)
}
