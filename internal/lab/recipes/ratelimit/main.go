// A login whose attempts are counted by account and by address, in Redis.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/ginsession"
)

var (
	perVisitor = redis_rate.Limit{Rate: 5, Burst: 5, Period: 15 * time.Minute}
	perAccount = redis_rate.Limit{Rate: 100, Burst: 100, Period: 24 * time.Hour}
	perAddress = redis_rate.PerHour(200)
)

// keys returns the keys of the three counts to which an attempt is added.
func keys(user, address string) (visitor, account, from string) {
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() && !a.Is4In6() {
		network, _ := a.Prefix(64) // a customer of a provider has at least one
		address = network.String()
	}
	account = fmt.Sprintf("login:account:%x", sha256.Sum256([]byte(strings.ToLower(user))))
	return account + ":" + address, account, "login:address:" + address
}

// wait counts an attempt. It returns how long the visitor has to wait, or 0.
func wait(ctx context.Context, l *redis_rate.Limiter, user, address string) (time.Duration, error) {
	visitor, account, from := keys(user, address)
	for _, count := range []struct {
		key   string
		limit redis_rate.Limit
	}{{visitor, perVisitor}, {from, perAddress}, {account, perAccount}} {
		result, err := l.Allow(ctx, count.key, count.limit)
		if err != nil {
			return 0, err
		}
		if result.Allowed == 0 {
			return result.RetryAfter, nil
		}
	}
	return 0, nil
}

// passwordIsRight is yours; the recipe "Login and logout" has one.
func passwordIsRight(user, password string) bool { return user != "" && password == "open sesame" }

// newApp believes the X-Forwarded-For of the proxies, such as "10.0.0.0/8". Without any,
// the visitor's address is that of the connection.
func newApp(
	sessions *core.Manager, limiter *redis_rate.Limiter, proxies []string,
) (http.Handler, error) {
	r := gin.New()
	if err := r.SetTrustedProxies(proxies); err != nil {
		return nil, err
	}
	r.Use(gin.Recovery(), ginsession.Middleware(sessions))
	r.POST("/login", func(c *gin.Context) {
		ctx, user := c.Request.Context(), c.PostForm("user")
		left, err := wait(ctx, limiter, user, c.ClientIP())
		if err != nil {
			c.String(http.StatusServiceUnavailable, "Please try again.")
			return
		}
		if left > 0 {
			c.Header("Retry-After", strconv.Itoa(int(left.Seconds())+1))
			c.String(http.StatusTooManyRequests, "Too many attempts. Please wait.")
			return
		}
		if !passwordIsRight(user, c.PostForm("password")) {
			c.String(http.StatusUnauthorized, "Wrong name or password.")
			return
		}
		visitor, _, _ := keys(user, c.ClientIP())
		_ = limiter.Reset(ctx, visitor) // an error leaves the count as it is
		ginsession.From(c).Login(user)
		c.Redirect(http.StatusSeeOther, "/")
	})
	r.GET("/", ginsession.LoginRequired(core.Guard{}), func(c *gin.Context) {
		c.String(http.StatusOK, "Hello %s", ginsession.From(c).User())
	})
	return r, nil
}

func main() {
	opts, err := redisstore.ClientOptions(os.Getenv("REDIS_URL")) // with short time-outs
	if err != nil {
		log.Fatal(err)
	}
	client := redis.NewClient(opts)
	shards := []redisstore.Shard{{Name: "a", Client: client}}
	store, err := redisstore.Open(context.Background(), shards, nil)
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := core.New(store, []byte(os.Getenv("SESSION_SECRET")), nil)
	if err != nil {
		log.Fatal(err)
	}
	app, err := newApp(sessions, redis_rate.NewLimiter(client), nil)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), app))
}
