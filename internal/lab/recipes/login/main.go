// A login form, a logout button, and a page that only users see.
package main

import (
	"context"
	"html/template"
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/ginsession"
	"golang.org/x/crypto/bcrypt"
)

var pages = template.Must(template.New("").Parse(`
{{define "login"}}<!doctype html><title>Sign in</title>
<form method="post" action="/login"><p>{{.Error}}</p>
<input type="hidden" name="next" value="{{.Next}}">
<label>Name <input name="user" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Sign in</button></form>{{end}}
{{define "account"}}<!doctype html><title>Account</title><p>Hello {{.User}}</p>
<form method="post" action="/logout"><button>Sign out</button></form>{{end}}`))

// hashes are in your database. The password of ada is "open sesame".
var hashes = map[string]string{
	"ada": "$2a$10$ceDsIxBgcATUraVc3B5IKunkT2X5vIdU8XzTebYzkjQ7qdhUFB9Cq",
}

func passwordIsRight(user, password string) bool {
	hash, known := hashes[user]
	if !known {
		hash = hashes["ada"] // so that the time does not tell who has an account
	}
	return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil && known
}

func newApp(sessions *core.Manager) http.Handler {
	r := gin.New()
	r.SetHTMLTemplate(pages)
	r.Use(gin.Recovery(), ginsession.Middleware(sessions))
	r.GET("/login", func(c *gin.Context) {
		c.HTML(http.StatusOK, "login", gin.H{"Next": c.Query("next")})
	})
	r.POST("/login", func(c *gin.Context) {
		user, next := c.PostForm("user"), c.PostForm("next")
		if !passwordIsRight(user, c.PostForm("password")) {
			c.HTML(http.StatusUnauthorized, "login", gin.H{"Next": next, "Error": "Wrong name or password."})
			return
		}
		ginsession.From(c).Login(user)
		c.Redirect(http.StatusSeeOther, core.NextPath(next, "/account"))
	})
	r.POST("/logout", func(c *gin.Context) {
		ginsession.From(c).Logout()
		c.Redirect(http.StatusSeeOther, "/login")
	})
	users := r.Group("/", ginsession.LoginRequired(core.Guard{LoginURL: "/login"}))
	users.GET("/account", func(c *gin.Context) {
		c.HTML(http.StatusOK, "account", gin.H{"User": ginsession.From(c).User()})
	})
	return r
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
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), newApp(sessions)))
}
