// Package both takes sessions over from alexedwards/scs.
package both

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/internal/lab/migrations/takeover"
)

const visits core.Key[int] = "visits"

// Move gives the new session what should stay of the old one.
func Move(ctx context.Context, old *scs.SessionManager, s *core.Session) {
	if user := takeover.User(old.Get(ctx, "authenticatedUserID")); user != "" {
		remember := old.GetBool(ctx, "__rememberMe") // the key of scs's RememberMe
		s.LoginWith(core.Login{User: user, Remember: remember})
	}
	if n := old.GetInt(ctx, "visits"); n > 0 {
		visits.Set(s, n)
	}
}

// TakeOver takes the sessions of scs over. It goes outside of the middleware of
// ringsession.
func TakeOver(
	b takeover.Bridge, old *scs.SessionManager,
	move func(context.Context, *scs.SessionManager, *core.Session),
) func(http.Handler) http.Handler {
	load := func(r *http.Request) (context.Context, error) {
		cookie, err := r.Cookie(old.Cookie.Name)
		if err != nil {
			return nil, err
		}
		return old.Load(r.Context(), cookie.Value)
	}
	read := func(r *http.Request, s *core.Session) error {
		ctx, err := load(r)
		if err == nil {
			move(ctx, old, s)
		}
		return err
	}
	end := func(w http.ResponseWriter, r *http.Request) error {
		ctx, err := load(r)
		if err == nil {
			err = old.Destroy(ctx)
		}
		if err == nil {
			old.WriteSessionCookie(ctx, w, "", time.Time{})
		}
		return err
	}
	return b.Middleware(old.Cookie.Name, read, end)
}
