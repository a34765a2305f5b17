package ginsession_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/internal/chaintest"
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

// ask sends a GET, with the cookies that earlier responses set.
var ask = chaintest.Visit

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

// The page for a session that could not be read or saved comes from an outer middleware: nothing is written yet, the status
// is set, and the error is among c.Errors.
func ExampleMiddleware_errorPage() {
	r := gin.New()
	r.Use(gin.Recovery(), func(c *gin.Context) {
		c.Next()
		if len(c.Errors) > 0 && !c.Writer.Written() {
			c.String(c.Writer.Status(), "We are back in a moment.")
		}
	}, ginsession.Middleware(chaintest.Manager(&chaintest.Store{Down: true})))
	r.GET("/login", func(c *gin.Context) {
		ginsession.From(c).Login("ada")
		c.Redirect(303, "/")
	})

	response := ask(r, "/login")
	body, _ := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body), len(response.Cookies()), "cookies")
	// Output: 503 We are back in a moment. 0 cookies
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
