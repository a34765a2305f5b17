// Package both takes logins over from gin-contrib/sessions.
package both

import (
	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/ringsession/ringsession/ginsession"
)

// TakeOver goes behind ginsession.Middleware and sessions.Sessions. A visitor who is still signed in with the old session is
// signed in with the new one. The old session ends first, so that there are never two to log out of.
func TakeOver(c *gin.Context) {
	old := sessions.Default(c)
	user, _ := old.Get("user").(string)
	if s := ginsession.From(c); user != "" && s.User() == "" && s.Err() == nil {
		old.Clear()
		old.Options(sessions.Options{Path: "/", MaxAge: -1})
		if old.Save() == nil {
			s.Login(user)
		}
	}
}
