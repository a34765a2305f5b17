// A form with a CSRF token, in addition to what the library refuses by itself.
package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"html/template"
	"log"
	"net/http"
	"os"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/nethttpsession"
)

const (
	csrfToken core.Key[string] = "csrf"
	email     core.Key[string] = "email"
)

// formToken returns the token for the forms of a page. A session gets one at its first form.
func formToken(s *core.Session) string {
	token, ok := csrfToken.Get(s)
	if !ok {
		token = rand.Text()
		csrfToken.Set(s, token)
	}
	return token
}

// tokenRequired lets unsafe requests through that have the token of their session.
func tokenRequired(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
			next.ServeHTTP(w, r)
			return
		}
		want, ok := csrfToken.Get(nethttpsession.From(r))
		got := r.Header.Get("X-CSRF-Token") // of a script
		if got == "" {
			got = r.PostFormValue("csrf") // of a form
		}
		if !ok || subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
			http.Error(w, "Please reload the page and try again.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

var settings = template.Must(template.New("").Parse(`<!doctype html><title>Settings</title>
<form method="post"><input type="hidden" name="csrf" value="{{.Token}}">
<label>Email <input name="email" value="{{.Email}}"></label><button>Save</button></form>`))

func newApp(sessions *core.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /settings", func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		address, _ := email.Get(s)
		page := map[string]string{"Token": formToken(s), "Email": address}
		if err := settings.Execute(w, page); err != nil {
			log.Print(err)
		}
	})
	mux.HandleFunc("POST /settings", func(w http.ResponseWriter, r *http.Request) {
		email.Set(nethttpsession.From(r), r.PostFormValue("email"))
		http.Redirect(w, r, "/settings", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		s.Login("ada") // after the password was right
		csrfToken.Delete(s)
		http.Redirect(w, r, "/settings", http.StatusSeeOther)
	})
	return nethttpsession.Middleware(sessions)(tokenRequired(mux))
}

func main() {
	shards := []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(os.Getenv("REDIS_URL"))}}
	store, err := redisstore.Open(context.Background(), shards, nil)
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := core.New(store, []byte(os.Getenv("SESSION_SECRET")), nil)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), newApp(sessions)))
}
