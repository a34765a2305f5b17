// Package before is the application of the page, with gorilla/sessions.
package before

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/gorilla/sessions"
)

// Options are those of the store, whichever of gorilla's stores it is.
func Options() *sessions.Options {
	return &sessions.Options{
		Path: "/", MaxAge: 12 * 3600, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// Handler is the application.
func Handler(store sessions.Store) http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer)
	r.Get("/", func(w http.ResponseWriter, r *http.Request) {
		s, err := store.Get(r, "app")
		if err != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
		n, _ := s.Values["visits"].(int)
		s.Values["visits"] = n + 1
		if err := s.Save(r, w); err != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
		id, _ := s.Values["user_id"].(int)
		fmt.Fprintf(w, "visit %d of user %d", n+1, id)
	})
	r.Post("/login", func(w http.ResponseWriter, r *http.Request) {
		s, err := store.Get(r, "app")
		if err != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
		id, _ := strconv.Atoi(r.FormValue("user"))
		s.Values["user_id"] = id
		if r.FormValue("remember") == "on" {
			s.Values["remember"] = true
			s.Options.MaxAge = 30 * 24 * 3600
		}
		if err := s.Save(r, w); err != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	})
	r.Post("/logout", func(w http.ResponseWriter, r *http.Request) {
		s, err := store.Get(r, "app")
		if err != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
		s.Options.MaxAge = -1
		if err := s.Save(r, w); err != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	r.Get("/account", func(w http.ResponseWriter, r *http.Request) {
		s, err := store.Get(r, "app")
		if err != nil {
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
		id, ok := s.Values["user_id"].(int)
		if !ok {
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		fmt.Fprintf(w, "account of user %d", id)
	})
	return r
}
