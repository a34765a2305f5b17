package ginsession_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/ginsession"
)

// The page for a session that could not be read or saved comes from an outer middleware: nothing is written yet, the status
// is set, and the error is among c.Errors.
func ExampleMiddleware_errorPage() {
	r := gin.New()
	r.Use(gin.Recovery(), func(c *gin.Context) {
		c.Next()
		if len(c.Errors) > 0 && !c.Writer.Written() {
			c.String(c.Writer.Status(), "We are back in a moment.")
		}
	}, ginsession.Middleware(withoutStore()))
	r.GET("/login", func(c *gin.Context) {
		ginsession.From(c).Login("ada")
		c.Redirect(303, "/")
	})

	response := ask(r, "/login")
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
