// Package after is the application of the page, with nethttpsession.
package after

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/nethttpsession"
)

const visits core.Key[int] = "visits"

// Handler is the application; the server serves it, or what goes outside of it.
func Handler(sessions *core.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		n, _ := visits.Get(s)
		visits.Set(s, n+1)
		fmt.Fprintf(w, "visit %d of user %d", n+1, userID(s))
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).LoginWith(core.Login{
			User:     r.FormValue("user"),
			Remember: r.FormValue("remember") == "on",
		})
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Logout()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	loginRequired := nethttpsession.LoginRequired(core.Guard{LoginURL: "/login"})
	mux.Handle("GET /account", loginRequired(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "account of user %d", userID(nethttpsession.From(r)))
	})))
	return nethttpsession.Middleware(sessions)(mux)
}

// userID returns the number of the user who is logged in, or 0.
func userID(s *core.Session) int {
	id, _ := strconv.Atoi(s.User())
	return id
}
