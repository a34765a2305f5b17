package echov5session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/echosession/echov5session"
)

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
	e.Use(echov5session.Middleware(withoutStore()))
	e.GET("/login", func(c *echo.Context) error {
		echov5session.From(c).Login("ada")
		return c.Redirect(http.StatusSeeOther, "/")
	})

	response := ask(e, "/login")
	body, _ := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body), len(response.Cookies()), "cookies")
	// Output: 503 We are back in a moment. 0 cookies
}

// withoutStore returns sessions of a store that is down.
func withoutStore() *core.Manager {
	sessions, err := core.New(broken{memstore.New()}, bytes.Repeat([]byte("example."), 4), &core.Options{
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	return sessions
}

type broken struct{ *memstore.Store }

func (broken) Create(context.Context, store.ID, store.Delta) error {
	return errors.New("connection refused")
}
