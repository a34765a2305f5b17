// Package before is the application of the page, with gin-contrib/sessions.
package before

import (
	"fmt"
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"
)

// Store is what main made once.
func Store(address string, secret []byte) (sessions.Store, error) {
	store, err := redis.NewStore(10, "tcp", address, "", "", secret)
	if err != nil {
		return nil, err
	}
	store.Options(sessions.Options{Path: "/", MaxAge: 12 * 3600, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return store, nil
}

// Engine is the application.
func Engine(store sessions.Store) *gin.Engine {
	r := gin.New()
	r.Use(gin.Recovery(), sessions.Sessions("mysession", store))
	r.GET("/", func(c *gin.Context) {
		s := sessions.Default(c)
		n, _ := s.Get("visits").(int)
		s.Set("visits", n+1)
		if err := s.Save(); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		user, _ := s.Get("user").(string)
		c.String(http.StatusOK, "visit %d of %q", n+1, user)
	})
	r.POST("/login", func(c *gin.Context) {
		s := sessions.Default(c)
		s.Set("user", c.PostForm("user"))
		if err := s.Save(); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.Redirect(http.StatusSeeOther, "/account")
	})
	r.POST("/logout", func(c *gin.Context) {
		s := sessions.Default(c)
		s.Clear()
		s.Options(sessions.Options{Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		if err := s.Save(); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.Redirect(http.StatusSeeOther, "/")
	})
	r.GET("/account", loginRequired, func(c *gin.Context) {
		c.String(http.StatusOK, "account of %q", fmt.Sprint(sessions.Default(c).Get("user")))
	})
	return r
}

func loginRequired(c *gin.Context) {
	if sessions.Default(c).Get("user") == nil {
		c.Redirect(http.StatusSeeOther, "/login")
		c.Abort()
	}
}
