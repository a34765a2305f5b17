// Package after is the application of the page, with nethttpsession.
package after

import (
	"fmt"
	"net/http"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/nethttpsession"
)

const visits core.Key[int] = "visits"

// Handler is the application.
func Handler(sessions *core.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		n, _ := visits.Get(s)
		visits.Set(s, n+1)
		fmt.Fprintf(w, "visit %d of %q", n+1, s.User())
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Login(r.FormValue("user"))
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Logout()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	loginRequired := nethttpsession.LoginRequired(core.Guard{LoginURL: "/login"})
	mux.Handle("GET /account", loginRequired(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "account of %q", nethttpsession.From(r).User())
	})))
	return nethttpsession.Middleware(sessions)(mux)
}
