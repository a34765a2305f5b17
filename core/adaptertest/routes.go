package adaptertest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/ringsession/ringsession/core"
)

const (
	// guardedPath begins the paths of all guarded routes, and of no others.
	guardedPath = "/guarded"
	// handlersCookie begins the cookies that handlers set themselves.
	handlersCookie = "theme="
)

const visits core.Key[int] = "visits"

// standardRoutes are what most scenarios need.
func standardRoutes() []Route {
	login := &core.Guard{LoginURL: "/login"}
	return []Route{
		get("/alone", answer(func(Exchange) string { return "alone" })),
		get("/empty", func(Exchange) error { return nil }),
		get("/user", use(func(s *core.Session, _ Exchange) string { return s.User() })),
		get("/get", use(func(s *core.Session, x Exchange) string { return spell(s.Get(x.Query("key"))) })),
		get("/pop", use(func(s *core.Session, x Exchange) string { return spell(s.Pop(x.Query("key"))) })),
		get("/keys", use(func(s *core.Session, _ Exchange) string { return strings.Join(s.Keys(), ",") })),
		get("/new", use(func(s *core.Session, _ Exchange) string { return strconv.FormatBool(s.IsNew()) })),
		get("/set", change(func(s *core.Session, x Exchange) { s.Set(x.Query("key"), x.Query("value")) })),
		get("/delete", change(func(s *core.Session, x Exchange) { s.Delete(x.Query("key")) })),
		get("/clear", change(func(s *core.Session, _ Exchange) { s.Clear() })),
		get("/login", change(func(s *core.Session, x Exchange) { s.Login(x.Query("user")) })),
		get("/logout", change(func(s *core.Session, _ Exchange) { s.Logout() })),
		get("/renew", change(func(s *core.Session, _ Exchange) { s.Renew() })),
		get("/visit", use(visit)),
		{Method: http.MethodPost, Path: "/user", Handle: use(func(s *core.Session, _ Exchange) string { return s.User() })},
		{Method: http.MethodGet, Path: guardedPath, Guard: login, Handle: use(greet)},
		{Method: http.MethodPost, Path: guardedPath, Guard: login, Handle: use(greet)},
		{Method: http.MethodOptions, Path: guardedPath, Guard: login, Handle: use(greet)},
		{Method: http.MethodGet, Path: guardedPath + "/bare", Guard: new(core.Guard), Handle: use(greet)},
	}
}

func visit(s *core.Session, _ Exchange) string {
	n, _ := visits.Get(s)
	visits.Set(s, n+1)
	return strconv.Itoa(n + 1)
}

func greet(s *core.Session, _ Exchange) string { return "hello " + s.User() }

func get(path string, handle func(Exchange) error) Route {
	return Route{Method: http.MethodGet, Path: path, Handle: handle}
}

// raw is a route for what only an http.ResponseWriter can do.
func raw(path string, handle func(http.ResponseWriter, *http.Request, *core.Session)) Route {
	return Route{Method: http.MethodGet, Path: path, Raw: func(w http.ResponseWriter, r *http.Request) {
		handle(w, r, core.MustFromContext(r.Context(), "the adapter"))
	}}
}

// answer is a handler that answers with a text.
func answer(text func(Exchange) string) func(Exchange) error {
	return func(x Exchange) error { return x.Text(http.StatusOK, text(x)) }
}

// use is a handler that answers with what it finds in the session.
func use(find func(*core.Session, Exchange) string) func(Exchange) error {
	return answer(func(x Exchange) string { return find(x.Session(), x) })
}

// change is a handler that changes the session.
func change(do func(*core.Session, Exchange)) func(Exchange) error {
	return answer(func(x Exchange) string {
		do(x.Session(), x)
		return "ok"
	})
}

func spell(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
