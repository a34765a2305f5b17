package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"github.com/redis/go-redis/v9"
)

// floors are what no session library can do without, in each framework: the pages alone, and the pages with one command of
// Redis for a read, two for a read and a write, on a go-redis client with its default options.
var floors = []subject{
	{name: floorName, framework: "net/http", open: overRedis(func(db *redis.Client) site { return netHTTP(nil, bare(db, httpView)) })},
	{name: noneName, framework: "net/http", open: noRedis(func() site { return netHTTP(nil, none[exchange]()) }), offline: true},
	{name: "floor: Gin, one command", framework: "Gin", open: overRedis(func(db *redis.Client) site { return ginSite(nil, bare(db, ginView)) })},
	{name: "floor: Gin, no Redis", framework: "Gin", open: noRedis(func() site { return ginSite(nil, none[*gin.Context]()) }), offline: true},
	{name: "floor: Echo, one command", framework: "Echo", open: overRedis(func(db *redis.Client) site { return echoSite(nil, bare(db, echoView)) })},
	{name: "floor: Echo, no Redis", framework: "Echo", open: noRedis(func() site { return echoSite(nil, none[echo.Context]()) }), offline: true},
	{name: "floor: Fiber, one command", framework: "Fiber", open: overRedis(func(db *redis.Client) site { return fiberSite(nil, bare(db, fiberView)) })},
	{name: "floor: Fiber, no Redis", framework: "Fiber", open: noRedis(func() site { return fiberSite(nil, none[*fiber.Ctx]()) }), offline: true},
}

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

func overRedis(make func(*redis.Client) site) func([]string) (site, error) {
	return func(addrs []string) (site, error) {
		return make(redis.NewClient(&redis.Options{Addr: addrs[0]})), nil
	}
}

func noRedis(make func() site) func([]string) (site, error) {
	return func([]string) (site, error) { return make(), nil }
}

// bare keeps a page and a counter in one string under the request's Cookie header, without a look at it.
func bare[C any](db *redis.Client, v view[C]) work[C] {
	const ttl = 30 * time.Minute
	var made atomic.Int64
	begin := func(c C, value string) error {
		cookie := fmt.Sprintf("id=%080d", made.Add(1))
		v.setCookie(c, cookie+"; Path=/; HttpOnly")
		return db.Set(v.context(c), cookie, value, ttl).Err()
	}
	return work[C]{
		seed: func(c C, values [5]string) error { return begin(c, string(pageOf(values))) },
		read: func(c C, page []byte) ([]byte, error) {
			value, err := db.Get(v.context(c), v.cookies(c)).Result()
			return append(page, value...), err
		},
		count: func(c C) (int, error) {
			value, err := db.Get(v.context(c), v.cookies(c)).Result()
			if err != nil {
				return 0, err
			}
			rest, count, _ := strings.Cut(value, "=")
			n, _ := strconv.Atoi(count)
			return n + 1, db.Set(v.context(c), v.cookies(c), rest+"="+strconv.Itoa(n+1), ttl).Err()
		},
		blind: func(c C) error { return db.Set(v.context(c), v.cookies(c), blank, ttl).Err() },
		login: func(c C) error { return begin(c, blank) },
	}
}

// blank is a value of the size of a session.
var blank = strings.Repeat("x", 300)

// none shows what a stranger sees.
func none[C any]() work[C] {
	stranger := pageOf([5]string{})
	return work[C]{
		seed:  func(C, [5]string) error { return nil },
		read:  func(_ C, page []byte) ([]byte, error) { return append(page, stranger...), nil },
		count: func(C) (int, error) { return 0, errCannot },
		login: func(C) error { return errCannot },
	}
}
