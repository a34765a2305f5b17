package echov5session_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/echosession/echov5session"
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
	e := echo.New()
	e.Use(middleware.Recover(), echov5session.Middleware(sessions))
	e.GET("/", func(c *echo.Context) error {
		s := echov5session.From(c)
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

// The page for a session that could not be read or saved comes from the application's error handler, which gets an
// [echo.HTTPError] with the status and the cause.
func ExampleMiddleware_errorPage() {
	e := echo.New()
	e.HTTPErrorHandler = func(c *echo.Context, err error) {
		status := http.StatusInternalServerError
		if answer := (*echo.HTTPError)(nil); errors.As(err, &answer) {
			status = answer.Code
		}
		if r, _ := echo.UnwrapResponse(c.Response()); r == nil || !r.Committed {
			_ = c.String(status, "We are back in a moment.")
		}
	}
	e.Use(echov5session.Middleware(chaintest.Manager(&chaintest.Store{Down: true})))
	e.GET("/login", func(c *echo.Context) error {
		echov5session.From(c).Login("ada")
		return c.Redirect(http.StatusSeeOther, "/")
	})

	response := ask(e, "/login")
	body, _ := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body), len(response.Cookies()), "cookies")
	// Output: 503 We are back in a moment. 0 cookies
}

func ExampleFrom() {
	e := echo.New()
	e.Use(echov5session.Middleware(newSessions()))
	e.GET("/login", func(c *echo.Context) error {
		echov5session.From(c).Login("ada")
		return c.NoContent(http.StatusNoContent)
	})
	e.GET("/", func(c *echo.Context) error {
		fmt.Printf("user %q\n", echov5session.From(c).User())
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
	e.Use(echov5session.Middleware(newSessions()))
	e.GET("/account", func(c *echo.Context) error {
		return c.String(http.StatusOK, "hello "+echov5session.From(c).User())
	}, echov5session.LoginRequired(core.Guard{LoginURL: "/login"}))
	e.GET("/login", func(c *echo.Context) error {
		echov5session.From(c).Login("ada")
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
