package core_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/nethttpsession"
)

// Remember me, for those who tick the box: a second Manager keeps a longer session under a cookie of its own, which outlives the
// browser and logs its user in again when the first session has ended. A logout ends both.
func ExampleManager_FromContext() {
	store := memstore.New()
	sessions, _ := core.New(store, secret, nil)
	remembered, _ := core.New(store, secret, &core.Options{
		Cookie:          core.Cookie{Name: "__Host-remember", Persistent: true},
		IdleTimeout:     30 * 24 * time.Hour,
		AbsoluteTimeout: 90 * 24 * time.Hour,
	})
	long := func(r *http.Request) *core.Session {
		s, _ := remembered.FromContext(r.Context())
		return s
	}

	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Login("ada")
		if r.FormValue("remember") == "on" {
			long(r).Login("ada")
		}
	})
	mux.HandleFunc("/logout", func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Logout()
		long(r).Logout()
	})
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		fmt.Printf("user %q\n", nethttpsession.From(r).User())
	})
	welcomeBack := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s := nethttpsession.From(r); s.User() == "" && s.Err() == nil {
			if user := long(r).User(); user != "" {
				s.Login(user)
			}
		}
		mux.ServeHTTP(w, r)
	})
	h := nethttpsession.Middleware(remembered)(nethttpsession.Middleware(sessions)(welcomeBack))

	short, kept := ask(h, "/login"), ask(h, "/login?remember=on")
	for _, c := range kept.Cookies() {
		fmt.Println(c.Name, "outlives the browser:", c.MaxAge > 0)
	}
	store.Advance(31 * time.Minute) // the idle timeout passes
	ask(h, "/", short)
	ask(h, "/", kept)
	ask(h, "/logout", kept)
	ask(h, "/", kept)
	// Output:
	// __Host-session outlives the browser: false
	// __Host-remember outlives the browser: true
	// user ""
	// user "ada"
	// user ""
}
