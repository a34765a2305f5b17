// Package both takes sessions over from labstack/echo-contrib/session.
package both

import (
	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"
	"github.com/ringsession/ringsession/core"

	gorilla "github.com/ringsession/ringsession/internal/lab/migrations/gorilla/both"
	"github.com/ringsession/ringsession/internal/lab/migrations/takeover"
)

const visits core.Key[int] = "visits"

// Move gives the new session what should stay of the old one.
func Move(old map[any]any, s *core.Session) {
	if user := takeover.User(old["uid"]); user != "" {
		remember, _ := old["remember"].(bool)
		s.LoginWith(core.Login{User: user, Remember: remember})
	}
	if n, ok := old["visits"].(int); ok {
		visits.Set(s, n)
	}
}

// TakeOver takes the sessions of the name over; the stores of echo-contrib are
// those of gorilla. It goes before the middleware of ringsession.
func TakeOver(
	b takeover.Bridge, store sessions.Store, name string, move func(map[any]any, *core.Session),
) echo.MiddlewareFunc {
	return echo.WrapMiddleware(gorilla.TakeOver(b, store, name, move))
}
