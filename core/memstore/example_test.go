package memstore_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/nethttpsession"
)

// application is the code under test of these examples.
func application(sessions *core.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Login(r.FormValue("user"))
	})
	loginRequired := nethttpsession.LoginRequired(core.Guard{})
	mux.Handle("GET /account", loginRequired(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "account of ", nethttpsession.From(r).User())
	})))
	return nethttpsession.Middleware(sessions)(mux)
}

// A test of handlers needs no Redis: it gives the application a memstore, logs in, and sends the cookie along.
func Example() {
	sessions, err := core.New(memstore.New(), bytes.Repeat([]byte("k"), 32), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	app := application(sessions)

	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/login?user=ada", nil))
	cookie := w.Result().Cookies()[0]

	r := httptest.NewRequest(http.MethodGet, "/account", nil)
	r.AddCookie(cookie)
	w = httptest.NewRecorder()
	app.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output: 200 account of ada
}

// A test of timeouts need not wait.
func ExampleStore_Advance() {
	store := memstore.New()
	sessions, err := core.New(store, bytes.Repeat([]byte("k"), 32), &core.Options{IdleTimeout: time.Hour})
	if err != nil {
		fmt.Println(err)
		return
	}
	app := application(sessions)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/login?user=ada", nil))
	cookie := w.Result().Cookies()[0]

	for _, idle := range []time.Duration{59 * time.Minute, 61 * time.Minute} {
		store.Advance(idle)
		r := httptest.NewRequest(http.MethodGet, "/account", nil)
		r.AddCookie(cookie)
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// 200
	// 401
}
