package main

import (
	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"
)

// ginContribSubjects are github.com/gin-contrib/sessions with its Redis store, which is redistore again. Save does nothing
// unless a value was set, so a page that extends a session's life sets one.
var ginContribSubjects = []subject{
	{name: "gin-contrib/sessions", kind: other, framework: "Gin", open: ginContribSite(false)},
	{name: "gin-contrib/sessions, saved", kind: other, framework: "Gin", slides: true, open: ginContribSite(true), only: reading},
}

func ginContribSite(saved bool) func([]string) (site, error) {
	return func(addrs []string) (site, error) {
		store, err := redis.NewStore(idleConns, "tcp", addrs[0], "", "", secret)
		if err != nil {
			return nil, err
		}
		return ginSite(sessions.Sessions(sessionName, store), ginContribWork(saved)), nil
	}
}

func ginContribWork(saved bool) work[*gin.Context] {
	return work[*gin.Context]{
		seed: func(c *gin.Context, entries []entry) error {
			s := sessions.Default(c)
			for _, e := range entries {
				s.Set(e.key, e.value)
			}
			return s.Save()
		},
		read: func(c *gin.Context, page []byte) ([]byte, error) {
			s := sessions.Default(c)
			for _, key := range keys {
				value, _ := s.Get(key).(string)
				page = append(append(page, value...), '\n')
			}
			if saved {
				s.Set("seen", true)
			}
			return page, s.Save()
		},
		count: func(c *gin.Context) (int, error) {
			s := sessions.Default(c)
			n, _ := s.Get("visits").(int)
			s.Set("visits", n+1)
			return n + 1, s.Save()
		},
		login: func(c *gin.Context) error {
			s := sessions.Default(c)
			s.Set("user", "ada")
			return s.Save()
		},
	}
}
