// Package after is the application of the page, with nethttpsession. Its router
// is chi, whose handlers are those of net/http.
package after

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/nethttpsession"
)

const visits core.Key[int] = "visits"

// Handler is the application; outside is what runs before the middleware of
// ringsession.
func Handler(sessions *core.Manager, outside ...func(http.Handler) http.Handler) http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer)
	r.Use(outside...)
	r.Use(nethttpsession.Middleware(sessions))
	r.Get("/", func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		n, _ := visits.Get(s)
		visits.Set(s, n+1)
		fmt.Fprintf(w, "visit %d of user %d", n+1, userID(s))
	})
	r.Post("/login", func(w http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).LoginWith(core.Login{
			User:     r.FormValue("user"),
			Remember: r.FormValue("remember") == "on",
		})
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	})
	r.Post("/logout", func(w http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Logout()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	loginRequired := nethttpsession.LoginRequired(core.Guard{LoginURL: "/login"})
	r.With(loginRequired).Get("/account", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "account of user %d", userID(nethttpsession.From(r)))
	})
	return r
}

// userID returns the number of the user who is logged in, or 0.
func userID(s *core.Session) int {
	id, _ := strconv.Atoi(s.User())
	return id
}
