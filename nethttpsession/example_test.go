package nethttpsession_test

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/internal/chaintest"
	"github.com/ringsession/ringsession/nethttpsession"
)

const visits core.Counter = "visits"

// newSessions stands for what a program does once, with a secret of its own and a store that all its processes share.
func newSessions() *core.Manager {
	sessions, err := core.New(memstore.New(), bytes.Repeat([]byte("example."), 4), nil)
	if err != nil {
		panic(err)
	}
	return sessions
}

// ask sends a GET, with the cookies that earlier responses set.
var ask = chaintest.Visit

func ExampleMiddleware() {
	sessions := newSessions()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		visits.Add(s, 1)
		fmt.Fprintln(w, "visit", visits.Get(s))
	})
	handler := nethttpsession.Middleware(sessions)(mux)

	first := ask(handler, "/")
	second := ask(handler, "/", first)
	fmt.Println(first.Cookies()[0].Name)
	fmt.Println(len(second.Cookies()), "new cookies")
	// Output:
	// __Host-session
	// 0 new cookies
}

func ExampleFrom() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Login("ada")
	})
	mux.HandleFunc("GET /", func(_ http.ResponseWriter, r *http.Request) {
		fmt.Printf("user %q\n", nethttpsession.From(r).User())
	})
	h := nethttpsession.Middleware(newSessions())(mux)

	ask(h, "/")
	ask(h, "/", ask(h, "/login"))
	// Output:
	// user ""
	// user "ada"
}

func ExampleLoginRequired() {
	account := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "hello", nethttpsession.From(r).User())
	}
	mux := http.NewServeMux()
	mux.Handle("GET /account", nethttpsession.LoginRequired(core.Guard{LoginURL: "/login"})(http.HandlerFunc(account)))
	mux.HandleFunc("GET /login", func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Login("ada")
	})
	h := nethttpsession.Middleware(newSessions())(mux)

	stranger := ask(h, "/account")
	fmt.Println(stranger.StatusCode, stranger.Header.Get("Location"))
	ada := ask(h, "/account", ask(h, "/login"))
	fmt.Println(ada.StatusCode)
	// Output:
	// 303 /login?next=%2Faccount
	// 200
}
