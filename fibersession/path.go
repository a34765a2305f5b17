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
		if len(routes) == 0 || routes[0].Method != c.Method() {
			continue // each method has a list of its own
		}
		for _, route := range routes {
			if mayCover(route, served) && covers(route, served, config) &&
				!covers(route, came, config) {
				return true
			}
		}
	}
	return false
}

func slash(r rune) bool { return r == '/' || r == '\\' }

// mayCover compares what stands before the first parameter. RoutePatternMatch
// parses the pattern at each call, which takes microseconds: with hundreds of
// routes, every path with a space in it would take milliseconds.
func mayCover(route *fiber.Route, path string) bool {
	const fold = 'a' - 'A' // makes letters lower, and a few other bytes alike
	start := strings.TrimRight(route.Path, "/")
	for i := range len(start) {
		switch b := start[i]; {
		case b == ':', b == '*', b == '+', b == '\\':
			return true
		case i == len(path):
			return b == '/' // before an optional parameter
		case b|fold != path[i]|fold:
			return false
		}
	}
	return true
}

// covers reports whether the path is the route's or below it.
func covers(route *fiber.Route, path string, config fiber.Config) bool {
	below := strings.TrimSuffix(route.Path, "/") + "/*"
	return fiber.RoutePatternMatch(path, route.Path, config) ||
		fiber.RoutePatternMatch(path, below, config)
}
