package routers_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/nethttpsession"
)

const visits core.Key[int] = "visits"

// newSessions stands for what a program does once, with a secret of its own and a store that all its processes share.
func newSessions() *core.Manager {
	sessions, err := core.New(memstore.New(), bytes.Repeat([]byte("example."), 4), nil)
	if err != nil {
		panic(err)
	}
	return sessions
}

// A client is a program, such as curl, that keeps cookies.
type client struct {
	h       http.Handler
	cookies []*http.Cookie
}

// ask sends a request and prints the status, how many cookies were set, and the
// body's first line.
func (c *client) ask(method, path string) {
	r := httptest.NewRequest(method, path, nil)
	for _, cookie := range c.cookies {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	c.h.ServeHTTP(w, r)
	set := w.Result().Cookies()
	if len(set) > 0 {
		c.cookies = set
	}
	line, _, _ := strings.Cut(w.Body.String(), "\n")
	fmt.Println(strings.TrimSpace(fmt.Sprintln(method, path, w.Code, len(set), line)))
}

func login(_ http.ResponseWriter, r *http.Request) { nethttpsession.From(r).Login("ada") }

func account(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, "account of", nethttpsession.From(r).User())
}

// The standard library's router has no groups: a router of its own for a prefix is
// one.
func Example_serveMux() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", login)
	my := http.NewServeMux()
	my.HandleFunc("GET /my/account", account)
	mux.Handle("/my/", nethttpsession.LoginRequired(core.Guard{})(my))

	c := client{h: nethttpsession.Middleware(newSessions())(mux)}
	c.ask("GET", "/my/account")
	c.ask("GET", "/my/nothing")
	c.ask("POST", "/login")
	c.ask("GET", "/my/account")
	c.ask("GET", "/my/nothing")
	// Output:
	// GET /my/account 401 0 {"error":"Login required.","needs":"login"}
	// GET /my/nothing 401 0 {"error":"Login required.","needs":"login"}
	// POST /login 200 1
	// GET /my/account 200 0 account of ada
	// GET /my/nothing 404 0 404 page not found
}

// Chi's groups take the middleware as they are. A group's guard is for the routes
// in the group alone, so a folder of files goes into the group as well.
func Example_chi() {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer, nethttpsession.Middleware(newSessions()))
	r.Post("/login", login)
	r.Group(func(r chi.Router) {
		r.Use(nethttpsession.LoginRequired(core.Guard{}))
		r.Get("/account", account)
		r.Route("/orders", func(r chi.Router) {
			r.Get("/{id}", func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintln(w, "order", chi.URLParam(r, "id"), "of", nethttpsession.From(r).User())
			})
		})
	})

	c := client{h: r}
	c.ask("GET", "/orders/7")
	c.ask("POST", "/login")
	c.ask("GET", "/orders/7")
	c.ask("GET", "/account")
	// Output:
	// GET /orders/7 401 0 {"error":"Login required.","needs":"login"}
	// POST /login 200 1
	// GET /orders/7 200 0 order 7 of ada
	// GET /account 200 0 account of ada
}

type visitOutput struct {
	Body struct {
		User   string `json:"user"`
		Visits int    `json:"visits"`
	}
}

// countVisit is a handler of huma. It gets no request, and finds the session in the
// context.
func countVisit(ctx context.Context, _ *struct{}) (*visitOutput, error) {
	s, ok := core.FromContext(ctx)
	if !ok {
		return nil, huma.Error500InternalServerError("nethttpsession.Middleware is missing")
	}
	n, _ := visits.Get(s)
	visits.Set(s, n+1)
	out := new(visitOutput)
	out.Body.User, out.Body.Visits = s.User(), n+1
	return out, nil
}

// loginRequired makes the guard a middleware of huma.
func loginRequired(g core.Guard) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(ctx)
		handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { next(ctx) })
		nethttpsession.LoginRequired(g)(handler).ServeHTTP(w, r)
	}
}

// The middleware is the router's; huma's handlers get its context.
func Example_huma() {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer, nethttpsession.Middleware(newSessions()))
	config := huma.DefaultConfig("Visits", "1.0.0")
	config.CreateHooks = nil // no $schema in the answers
	api := humachi.New(r, config)
	huma.Get(api, "/visit", countVisit)
	huma.Post(api, "/login", func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		s, _ := core.FromContext(ctx)
		s.Login("ada")
		return nil, nil
	})
	my := huma.NewGroup(api, "/my")
	my.UseMiddleware(loginRequired(core.Guard{}))
	huma.Get(my, "/visit", countVisit)

	c := client{h: r}
	c.ask("GET", "/my/visit")
	c.ask("GET", "/visit")
	c.ask("POST", "/login")
	c.ask("GET", "/my/visit")
	// Output:
	// GET /my/visit 401 0 {"error":"Login required.","needs":"login"}
	// GET /visit 200 1 {"user":"","visits":1}
	// POST /login 204 1
	// GET /my/visit 200 0 {"user":"ada","visits":2}
}
