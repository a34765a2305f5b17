// Package both takes logins over from alexedwards/scs.
package both

import (
	"net/http"

	"github.com/alexedwards/scs/v2"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/nethttpsession"
)

// TakeOver goes between nethttpsession.Middleware and the application. A visitor who is still signed in with the old
// session is signed in with the new one. The old session ends first, so that there are never two to log out of.
func TakeOver(old *scs.SessionManager, next http.Handler) http.Handler {
	return old.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user := old.GetString(r.Context(), "user"); user != "" {
			if s := nethttpsession.From(r); s.User() == "" && s.Err() == nil {
				if old.Destroy(r.Context()) == nil {
					s.Login(user)
				}
			}
		}
		next.ServeHTTP(w, r)
	}))
}

// Handler is the application with both.
func Handler(old *scs.SessionManager, sessions *core.Manager, application http.Handler) http.Handler {
	return nethttpsession.Middleware(sessions)(TakeOver(old, application))
}
