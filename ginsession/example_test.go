package ginsession_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/ginsession"
)

const visits core.Counter = "visits"

// newSessions stands for what a program does once, with a secret of its own and a store that all its processes share.
func newSessions() *core.Manager {
	sessions, err := core.New(memstore.New(), bytes.Repeat([]byte("example."), 4), nil)
	if err != nil {
		panic(err)
	}
	return sessions
}

// ask sends a GET to the router, with the cookies that earlier responses set.
func ask(h http.Handler, path string, earlier ...*http.Response) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html") // as browsers do
	for _, response := range earlier {
		for _, cookie := range response.Cookies() {
			r.AddCookie(cookie)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func ExampleMiddleware() {
	sessions := newSessions()
	r := gin.New()
	r.Use(gin.Recovery(), ginsession.Middleware(sessions))
	r.GET("/", func(c *gin.Context) {
		s := ginsession.From(c)
		visits.Add(s, 1)
		c.String(http.StatusOK, "visit %d", visits.Get(s))
	})

	first := ask(r, "/")
	second := ask(r, "/", first)
	fmt.Println(first.Cookies()[0].Name)
	fmt.Println(len(second.Cookies()), "new cookies")
	// Output:
	// __Host-session
	// 0 new cookies
}

func ExampleFrom() {
	r := gin.New()
	r.Use(ginsession.Middleware(newSessions()))
	r.GET("/login", func(c *gin.Context) {
		ginsession.From(c).Login("ada")
	})
	r.GET("/", func(c *gin.Context) {
		fmt.Printf("user %q\n", ginsession.From(c).User())
	})

	ask(r, "/")
	ask(r, "/", ask(r, "/login"))
	// Output:
	// user ""
	// user "ada"
}

func ExampleLoginRequired() {
	r := gin.New()
	r.Use(ginsession.Middleware(newSessions()))
	r.GET("/account", ginsession.LoginRequired(core.Guard{LoginURL: "/login"}), func(c *gin.Context) {
		c.String(http.StatusOK, "hello %s", ginsession.From(c).User())
	})
	r.GET("/login", func(c *gin.Context) {
		ginsession.From(c).Login("ada")
	})

	stranger := ask(r, "/account")
	fmt.Println(stranger.StatusCode, stranger.Header.Get("Location"))
	ada := ask(r, "/account", ask(r, "/login"))
	fmt.Println(ada.StatusCode)
	// Output:
	// 303 /login?next=%2Faccount
	// 200
}
