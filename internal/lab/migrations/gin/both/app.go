// Package both takes sessions over from gin-contrib/sessions.
package both

import (
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/ringsession/ringsession/core"

	gorilla "github.com/ringsession/ringsession/internal/lab/migrations/gorilla/both"
	"github.com/ringsession/ringsession/internal/lab/migrations/takeover"

	"github.com/ringsession/ringsession/internal/lab/migrations/gin/before"
)

const visits core.Key[int] = "visits"

// Move gives the new session what should stay of the old one.
func Move(old map[any]any, s *core.Session) {
	profile, _ := old["profile"].(before.Profile)
	if user := takeover.User(profile.ID); user != "" {
		s.LoginWith(core.Login{User: user, Remember: profile.Remember})
	}
	if n, ok := old["visits"].(int); ok {
		visits.Set(s, n)
	}
}

// TakeOver takes the sessions of the name over; a store of gin-contrib is one
// of gorilla. It goes before the middleware of ringsession.
func TakeOver(
	b takeover.Bridge, store sessions.Store, name string, move func(map[any]any, *core.Session),
) gin.HandlerFunc {
	takeOver := gorilla.TakeOver(b, store, name, move)
	return func(c *gin.Context) {
		passed := false
		pass := func(http.ResponseWriter, *http.Request) { passed = true }
		takeOver(http.HandlerFunc(pass)).ServeHTTP(c.Writer, c.Request)
		if !passed {
			c.Abort()
		}
	}
}
