// Package both takes sessions over from gorilla/sessions and what is built on
// it.
package both

import (
	"errors"
	"io/fs"
	"net/http"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/internal/lab/migrations/takeover"
)

const visits core.Key[int] = "visits"

// Move gives the new session what should stay of the old one.
func Move(old map[any]any, s *core.Session) {
	if user := takeover.User(old["user_id"]); user != "" {
		remember, _ := old["remember"].(bool)
		s.LoginWith(core.Login{User: user, Remember: remember})
	}
	if n, ok := old["visits"].(int); ok {
		visits.Set(s, n)
	}
}

// TakeOver takes the sessions of the name over. It goes outside of the
// middleware of ringsession.
func TakeOver(
	b takeover.Bridge, store sessions.Store, name string, move func(map[any]any, *core.Session),
) func(http.Handler) http.Handler {
	read := func(r *http.Request, s *core.Session) error {
		old, err := store.Get(r, name)
		invalid := securecookie.Error(nil)
		switch {
		case err == nil:
			if !old.IsNew {
				move(old.Values, s)
			}
		case errors.Is(err, fs.ErrNotExist): // FilesystemStore: it has ended.
		case errors.As(err, &invalid) && invalid.IsDecode(): // It is forged, or too old.
		default:
			return err
		}
		return nil
	}
	end := func(w http.ResponseWriter, r *http.Request) error {
		old, _ := store.Get(r, name)
		old.Options.MaxAge = -1
		return old.Save(r, w)
	}
	return b.Middleware(name, read, end)
}
