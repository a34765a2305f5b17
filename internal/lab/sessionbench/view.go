package main

import (
	"context"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
)

// A view is how a page of the framework sees the request's cookies and sets one.
type view[C any] struct {
	context   func(c C) context.Context
	cookies   func(c C) string
	setCookie func(c C, line string)
}

var (
	httpView = view[exchange]{
		func(c exchange) context.Context { return c.r.Context() },
		func(c exchange) string { return c.r.Header.Get("Cookie") },
		func(c exchange, line string) { c.w.Header().Set("Set-Cookie", line) },
	}
	ginView = view[*gin.Context]{
		func(c *gin.Context) context.Context { return c.Request.Context() },
		func(c *gin.Context) string { return c.Request.Header.Get("Cookie") },
		func(c *gin.Context, line string) { c.Header("Set-Cookie", line) },
	}
	echoView = view[echo.Context]{
		func(c echo.Context) context.Context { return c.Request().Context() },
		func(c echo.Context) string { return c.Request().Header.Get("Cookie") },
		func(c echo.Context, line string) { c.Response().Header().Set("Set-Cookie", line) },
	}
	fiberView = view[*fiber.Ctx]{
		func(c *fiber.Ctx) context.Context { return c.UserContext() },
		func(c *fiber.Ctx) string { return c.Get("Cookie") },
		func(c *fiber.Ctx, line string) { c.Set("Set-Cookie", line) },
	}
)
