package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/ginsession"
)

const visits core.Counter = "visits"

const form = `<form method="post"><input name="user"><input name="password" type="password"><button>Sign in`

func main() {
	store, err := redisstore.Open(context.Background(), []redisstore.Shard{
		{Name: "a", URL: redisstore.NewURL(os.Getenv("REDIS_URL"))},
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := core.New(store, []byte(os.Getenv("SESSION_SECRET")), nil)
	if err != nil {
		log.Fatal(err)
	}

	r := gin.Default()
	r.Use(ginsession.Middleware(sessions))
	r.GET("/login", func(c *gin.Context) { c.Data(http.StatusOK, "text/html", []byte(form)) })
	r.POST("/login", func(c *gin.Context) {
		if c.PostForm("password") == "secret" { // ask your database instead
			ginsession.From(c).Login(c.PostForm("user"))
		}
		c.Redirect(http.StatusSeeOther, core.NextPath(c.Query("next"), "/")) // back to the page they asked for
	})
	r.GET("/", ginsession.LoginRequired(core.Guard{LoginURL: "/login"}), func(c *gin.Context) {
		s := ginsession.From(c)
		visits.Add(s, 1) // stored before the response leaves
		c.String(http.StatusOK, "Hello %s, visit %d", s.User(), visits.Get(s))
	})
	log.Fatal(r.Run(os.Getenv("ADDR")))
}
