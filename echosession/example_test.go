package echosession_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/echosession"
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

// ask sends a GET to the application, with the cookies that earlier responses set.
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
	e := echo.New()
	e.Use(middleware.Recover(), echosession.Middleware(sessions))
	e.GET("/", func(c echo.Context) error {
		s := echosession.From(c)
		visits.Add(s, 1)
		return c.String(http.StatusOK, fmt.Sprint("visit ", visits.Get(s)))
	})

	first := ask(e, "/")
	second := ask(e, "/", first)
	fmt.Println(first.Cookies()[0].Name)
	fmt.Println(len(second.Cookies()), "new cookies")
	// Output:
	// __Host-session
	// 0 new cookies
}

func ExampleFrom() {
	e := echo.New()
	e.Use(echosession.Middleware(newSessions()))
	e.GET("/login", func(c echo.Context) error {
		echosession.From(c).Login("ada")
		return c.NoContent(http.StatusNoContent)
	})
	e.GET("/", func(c echo.Context) error {
		fmt.Printf("user %q\n", echosession.From(c).User())
		return nil
	})

	ask(e, "/")
	ask(e, "/", ask(e, "/login"))
	// Output:
	// user ""
	// user "ada"
}

func ExampleLoginRequired() {
	e := echo.New()
	e.Use(echosession.Middleware(newSessions()))
	e.GET("/account", func(c echo.Context) error {
		return c.String(http.StatusOK, "hello "+echosession.From(c).User())
	}, echosession.LoginRequired(core.Guard{LoginURL: "/login"}))
	e.GET("/login", func(c echo.Context) error {
		echosession.From(c).Login("ada")
		return c.NoContent(http.StatusNoContent)
	})

	stranger := ask(e, "/account")
	fmt.Println(stranger.StatusCode, stranger.Header.Get("Location"))
	ada := ask(e, "/account", ask(e, "/login"))
	fmt.Println(ada.StatusCode)
	// Output:
	// 303 /login?next=%2Faccount
	// 200
}
