// Package before is the application of the page, with gin-contrib/sessions.
package before

import (
	"encoding/gob"
	"net/http"
	"strconv"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"
)

// Profile is what the session says of the user who is signed in.
type Profile struct {
	ID       uint
	Remember bool
}

func init() { gob.Register(Profile{}) }

// Options are those of the cookie, which lives so many seconds.
func Options(maxAge int) sessions.Options {
	return sessions.Options{
		Path: "/", MaxAge: maxAge, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// Store is what main made once.
func Store(address string, secret []byte) (sessions.Store, error) {
	store, err := redis.NewStore(10, "tcp", address, "", "", secret)
	if err != nil {
		return nil, err
	}
	store.Options(Options(12 * 3600))
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
		profile, _ := s.Get("profile").(Profile)
		c.String(http.StatusOK, "visit %d of user %d", n+1, profile.ID)
	})
	r.POST("/login", func(c *gin.Context) {
		s := sessions.Default(c)
		id, _ := strconv.ParseUint(c.PostForm("user"), 10, 0)
		remember := c.PostForm("remember") == "on"
		s.Set("profile", Profile{ID: uint(id), Remember: remember})
		if remember {
			s.Options(Options(30 * 24 * 3600))
		}
		if err := s.Save(); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.Redirect(http.StatusSeeOther, "/account")
	})
	r.POST("/logout", func(c *gin.Context) {
		s := sessions.Default(c)
		s.Clear()
		s.Options(Options(-1))
		if err := s.Save(); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.Redirect(http.StatusSeeOther, "/")
	})
	r.GET("/account", loginRequired, func(c *gin.Context) {
		profile, _ := sessions.Default(c).Get("profile").(Profile)
		c.String(http.StatusOK, "account of user %d", profile.ID)
	})
	return r
}

func loginRequired(c *gin.Context) {
	if sessions.Default(c).Get("profile") == nil {
		c.Redirect(http.StatusSeeOther, "/login")
		c.Abort()
	}
}
