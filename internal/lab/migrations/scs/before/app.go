// Package before is the application of the page, with alexedwards/scs.
package before

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"
)

// Sessions is what main made once.
func Sessions(client *redis.Client) *scs.SessionManager {
	sessions := scs.New()
	sessions.Store = goredisstore.New(client)
	sessions.IdleTimeout = 30 * time.Minute
	sessions.Lifetime = 12 * time.Hour
	sessions.Cookie.Secure = true
	sessions.Cookie.Persist = false
	return sessions
}

// Handler is the application.
func Handler(sessions *scs.SessionManager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		n := sessions.GetInt(r.Context(), "visits") + 1
		sessions.Put(r.Context(), "visits", n)
		fmt.Fprintf(w, "visit %d of user %d", n, sessions.GetInt(r.Context(), "authenticatedUserID"))
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.RenewToken(r.Context()); err != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
		id, _ := strconv.Atoi(r.FormValue("user"))
		sessions.Put(r.Context(), "authenticatedUserID", id)
		sessions.RememberMe(r.Context(), r.FormValue("remember") == "on")
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Destroy(r.Context()); err != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.Handle("GET /account", loginRequired(sessions, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "account of user %d", sessions.GetInt(r.Context(), "authenticatedUserID"))
	})))
	return sessions.LoadAndSave(mux)
}

func loginRequired(sessions *scs.SessionManager, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sessions.GetInt(r.Context(), "authenticatedUserID") == 0 {
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}
