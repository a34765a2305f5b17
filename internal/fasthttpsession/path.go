package fasthttpsession

import (
	"net/url"
	pathpkg "path"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"
)

// maxDecodings is how often a path may be decoded until it says the same as
// before. Each time costs a comparison with every route.
const maxDecodings = 4

// passesGuards reports whether the request's path would lead past a guard.
// Fiber's router compares the path as it came. What serves files takes the path
// that fasthttp has decoded and cleaned: v2's Static, SendFile, the filesystem
// middleware. v3's static middleware decodes that until nothing is left to
// decode, and takes a backslash for a slash. So a guard on /admin does not run
// for /%61dmin/f, and the file admin/f is served all the same. With
// UnescapePath, SendFile may get what Fiber has decoded, and decodes it again.
func passesGuards(f Fiber) bool {
	u, came := f.RequestCtx().URI(), f.Path()
	if strings.HasSuffix(came, "/.") {
		return true // fasthttp cleans away every other dot
	}
	if string(u.Path()) == came && !strings.Contains(came, `\`) {
		return f.UnescapePath() && leadsPast(f, came)
	}
	return leadsPast(f, string(u.PathOriginal())) || f.UnescapePath() && leadsPast(f, came)
}

// leadsPast compares what the router has, f.Path(), with all that what serves
// files may make of a path.
func leadsPast(f Fiber, path string) bool {
	var u fasthttp.URI
	for i := range maxDecodings {
		u.SetPath(path)
		served := string(u.Path())
		if strings.Contains(served, `\`) {
			served = pathpkg.Clean(strings.ReplaceAll(served, `\`, "/"))
		}
		if i > 0 && served == path {
			return false
		}
		if served != f.Path() && (hasDots(path) || passesRoute(f, served)) {
			return true
		}
		path = served
	}
	return true
}

// hasDots reports whether a segment is "." or "..". Such a segment moves the
// prefix that v2's Static cuts off, so it always leads past. An encoding that
// is none counts as one.
func hasDots(path string) bool {
	decoded, err := url.PathUnescape(path)
	return err != nil || slices.ContainsFunc(strings.FieldsFunc(decoded, slash),
		func(segment string) bool { return segment == "." || segment == ".." })
}

// passesRoute reports whether a route covers the path that is served and not
// the one that came. Every route counts, because any handler may guard: one
// that calls a guard, such as that of the skip middleware, looks like all
// others.
func passesRoute(f Fiber, served string) bool {
	for pattern := range f.Patterns() {
		if mayCover(pattern, served) && (crowded(pattern) ||
			covers(f, pattern, served) && !covers(f, pattern, f.Path())) {
			return true
		}
	}
	return false
}

// crowded reports whether covers would make a pattern with more than 30
// parameters, for which Fiber panics.
func crowded(pattern string) bool {
	const most = 30
	if len(pattern) <= most {
		return false
	}
	wild := strings.Count(pattern, ":") + strings.Count(pattern, "*") + strings.Count(pattern, "+")
	return wild >= most
}

func slash(r rune) bool { return r == '/' || r == '\\' }

// mayCover compares what stands before the first parameter. Fiber parses the
// pattern at each call of Match, which takes microseconds: with hundreds of
// routes, every path with a space in it would take milliseconds.
func mayCover(pattern, path string) bool {
	const fold = 'a' - 'A' // makes letters lower, and a few other bytes alike
	start := strings.TrimRight(pattern, "/")
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
func covers(f Fiber, pattern, path string) bool {
	below := strings.TrimSuffix(pattern, "/") + "/*"
	return f.Match(path, pattern) || f.Match(path, below)
}
