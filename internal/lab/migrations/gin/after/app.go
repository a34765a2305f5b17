// Package after is the application of the page, with ginsession.
package after

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/ginsession"
)

const visits core.Key[int] = "visits"

// Engine is the application; outside is what runs before the middleware of ringsession.
func Engine(sessions *core.Manager, outside ...gin.HandlerFunc) *gin.Engine {
	r := gin.New()
	r.Use(gin.Recovery())
	r.Use(outside...)
	r.Use(ginsession.Middleware(sessions))
	r.GET("/", func(c *gin.Context) {
		s := ginsession.From(c)
		n, _ := visits.Get(s)
		visits.Set(s, n+1)
		c.String(http.StatusOK, "visit %d of user %d", n+1, userID(s))
	})
	r.POST("/login", func(c *gin.Context) {
		ginsession.From(c).LoginWith(core.Login{
			User:     c.PostForm("user"),
			Remember: c.PostForm("remember") == "on",
		})
		c.Redirect(http.StatusSeeOther, "/account")
	})
	r.POST("/logout", func(c *gin.Context) {
		ginsession.From(c).Logout()
		c.Redirect(http.StatusSeeOther, "/")
	})
	r.GET("/account", ginsession.LoginRequired(core.Guard{LoginURL: "/login"}), func(c *gin.Context) {
		c.String(http.StatusOK, "account of user %d", userID(ginsession.From(c)))
	})
	return r
}

// userID returns the number of the user who is logged in, or 0.
func userID(s *core.Session) uint {
	id, _ := strconv.ParseUint(s.User(), 10, 0)
	return uint(id)
}
