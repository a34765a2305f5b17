// An API for a single-page application that has another origin.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/nethttpsession"
	"github.com/rs/cors"
)

// options are for a page of the origin, such as "https://app.example.net".
func options(origin string) *core.Options {
	return &core.Options{
		TrustedOrigins: []string{origin},
		// Only if the page is of another site (example.net and example.com): else leave it out.
		Cookie: core.Cookie{SameSite: http.SameSiteNoneMode, Partitioned: true},
	}
}

// passwordIsRight is yours; the recipe "Login and logout" has one.
func passwordIsRight(user, password string) bool { return user != "" && password == "open sesame" }

func newApp(sessions *core.Manager, origin string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		var form struct{ User, Password string }
		body := http.MaxBytesReader(w, r.Body, 4<<10)
		if err := json.NewDecoder(body).Decode(&form); err != nil {
			http.Error(w, "want an object with user and password", http.StatusBadRequest)
			return
		}
		if !passwordIsRight(form.User, form.Password) {
			http.Error(w, "wrong name or password", http.StatusForbidden)
			return
		}
		nethttpsession.From(r).Login(form.User)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Logout()
		w.WriteHeader(http.StatusNoContent)
	})
	loginRequired := nethttpsession.LoginRequired(core.Guard{})
	mux.Handle("/me", loginRequired(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"user": nethttpsession.From(r).User()})
	})))
	return cors.New(cors.Options{
		AllowedOrigins:   []string{origin},
		AllowCredentials: true,
		AllowedMethods:   []string{"GET", "POST", "PUT", "DELETE"},
		AllowedHeaders:   []string{"Content-Type"},
		MaxAge:           600, // seconds for which a browser remembers a preflight
	}).Handler(nethttpsession.Middleware(sessions)(mux))
}

func main() {
	origin := os.Getenv("APP_ORIGIN")
	shards := []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(os.Getenv("REDIS_URL"))}}
	store, err := redisstore.Open(context.Background(), shards, nil)
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := core.New(store, []byte(os.Getenv("SESSION_SECRET")), options(origin))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), newApp(sessions, origin)))
}
