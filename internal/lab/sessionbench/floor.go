package main

import (
	"fmt"
	"slices"
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
var floors = slices.Concat(
	floorsOf("net/http", httpView, func(w work[exchange]) site { return netHTTP(nil, w) }),
	floorsOf("Gin", ginView, func(w work[*gin.Context]) site { return ginSite(nil, w) }),
	floorsOf("Echo", echoView, func(w work[echo.Context]) site { return echoSite(nil, w) }),
	floorsOf("Fiber", fiberView, func(w work[*fiber.Ctx]) site { return fiberSite(nil, w) }),
)

// The two floors that ratios refer to.
const (
	floorName = "floor: net/http, one command"
	noneName  = "floor: net/http, no Redis"
)

func floorsOf[C any](framework string, v view[C], build func(work[C]) site) []subject {
	return []subject{
		{name: "floor: " + framework + ", one command", framework: framework, open: func(addrs []string) (site, error) {
			return build(bare(redis.NewClient(&redis.Options{Addr: addrs[0]}), v)), nil
		}},
		{name: "floor: " + framework + ", no Redis", framework: framework, offline: true, open: func([]string) (site, error) {
			return build(none[C]()), nil
		}},
	}
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
		seed: func(c C, entries []entry) error {
			var page []byte
			for _, e := range entries {
				page = fmt.Appendln(page, e.value)
			}
			return begin(c, string(page))
		},
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
		seed:  func(C, []entry) error { return nil },
		read:  func(_ C, page []byte) ([]byte, error) { return append(page, stranger...), nil },
		count: func(C) (int, error) { return 0, errCannot },
		login: func(C) error { return errCannot },
	}
}
