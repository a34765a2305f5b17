// A shopping cart that begins without a login and is still there after it.
package main

import (
	"context"
	"log"
	"os"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/fibersession"
)

// quantity is the key of an article in the cart. Each article has a key of its own.
func quantity(article string) core.Key[int] { return core.Key[int]("cart:" + article) }

var inStock = map[string]bool{"tea": true, "cup": true, "kettle": true}

// cart returns the articles of the visitor and how many they want of each.
func cart(s *core.Session) map[string]int {
	all := map[string]int{}
	for _, key := range s.Keys() {
		if article, ok := strings.CutPrefix(key, "cart:"); ok {
			all[article], _ = quantity(article).Get(s)
		}
	}
	return all
}

// passwordIsRight is yours; the recipe "Login and logout" has one.
func passwordIsRight(user, password string) bool { return user != "" && password == "open sesame" }

func newApp(sessions *core.Manager) *fiber.App {
	app := fiber.New()
	app.Use(recover.New(), fibersession.Middleware(sessions))
	app.Post("/cart/:article", func(c *fiber.Ctx) error {
		article := strings.Clone(c.Params("article")) // Fiber reuses the bytes
		n := c.QueryInt("n", 1)
		if !inStock[article] || n < 0 || n > 99 {
			return fiber.ErrUnprocessableEntity
		}
		if s := fibersession.From(c); n > 0 {
			quantity(article).Set(s, n)
		} else {
			quantity(article).Delete(s)
		}
		return c.Redirect("/cart", fiber.StatusSeeOther)
	})
	app.Get("/cart", func(c *fiber.Ctx) error { return c.JSON(cart(fibersession.From(c))) })
	app.Post("/login", func(c *fiber.Ctx) error {
		user := strings.Clone(c.FormValue("user"))
		if !passwordIsRight(user, c.FormValue("password")) {
			return fiber.ErrUnauthorized
		}
		fibersession.From(c).Login(user) // what is in the cart stays there
		return c.Redirect("/order", fiber.StatusSeeOther)
	})
	app.Post("/logout", func(c *fiber.Ctx) error {
		fibersession.From(c).Logout()
		return c.Redirect("/cart", fiber.StatusSeeOther)
	})
	loginRequired := fibersession.LoginRequired(core.Guard{LoginURL: "/login"})
	app.Get("/order", loginRequired, func(c *fiber.Ctx) error {
		s := fibersession.From(c)
		return c.JSON(fiber.Map{"user": s.User(), "articles": cart(s)})
	})
	return app
}

func main() {
	shards := []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(os.Getenv("REDIS_URL"))}}
	store, err := redisstore.Open(context.Background(), shards, nil)
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := core.New(store, []byte(os.Getenv("SESSION_SECRET")), nil)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(newApp(sessions).Listen(os.Getenv("ADDR")))
}
