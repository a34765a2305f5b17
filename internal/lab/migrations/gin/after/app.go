// Package after is the application of the page, with ginsession.
package after

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/ginsession"
)

const visits core.Key[int] = "visits"

// Engine is the application. The middleware comes before the routes.
func Engine(sessions *core.Manager, more ...gin.HandlerFunc) *gin.Engine {
	r := gin.New()
	r.Use(gin.Recovery(), ginsession.Middleware(sessions))
	r.Use(more...)
	r.GET("/", func(c *gin.Context) {
		s := ginsession.From(c)
		n, _ := visits.Get(s)
		visits.Set(s, n+1)
		c.String(http.StatusOK, "visit %d of %q", n+1, s.User())
	})
	r.POST("/login", func(c *gin.Context) {
		ginsession.From(c).Login(c.PostForm("user"))
		c.Redirect(http.StatusSeeOther, "/account")
	})
	r.POST("/logout", func(c *gin.Context) {
		ginsession.From(c).Logout()
		c.Redirect(http.StatusSeeOther, "/")
	})
	r.GET("/account", ginsession.LoginRequired(core.Guard{LoginURL: "/login"}), func(c *gin.Context) {
		c.String(http.StatusOK, "account of %q", ginsession.From(c).User())
	})
	return r
}
