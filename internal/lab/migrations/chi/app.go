// Package chi is the application of the migrations with the router chi, whose handlers are those of net/http.
package chi

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/nethttpsession"
)

const visits core.Key[int] = "visits"

// Handler is the application.
func Handler(sessions *core.Manager) http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer, nethttpsession.Middleware(sessions))
	r.With(nethttpsession.LoginRequired(core.Guard{LoginURL: "/login"})).Get("/account", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "account of %q", nethttpsession.From(r).User())
	})
	r.Get("/", func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		n, _ := visits.Get(s)
		visits.Set(s, n+1)
		fmt.Fprintf(w, "visit %d of %q", n+1, s.User())
	})
	r.Post("/login", func(w http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Login(r.FormValue("user"))
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	})
	r.Post("/logout", func(w http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Logout()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	return r
}
