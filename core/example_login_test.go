package core_test

import (
	"fmt"
	"net/http"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/nethttpsession"
)

// A login gives the session a new id and keeps what the visitor had collected; a logout ends the session.
func ExampleSession_Login() {
	const cart core.Key[string] = "cart"

	mux := http.NewServeMux()
	mux.HandleFunc("/add", func(_ http.ResponseWriter, r *http.Request) { cart.Set(nethttpsession.From(r), "tea") })
	mux.HandleFunc("/login", func(_ http.ResponseWriter, r *http.Request) { nethttpsession.From(r).Login("ada") })
	mux.HandleFunc("/logout", func(_ http.ResponseWriter, r *http.Request) { nethttpsession.From(r).Logout() })
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		what, _ := cart.Get(s)
		fmt.Printf("user %q, cart %q\n", s.User(), what)
	})
	h := nethttpsession.Middleware(newSessions(nil))(mux)

	visitor := ask(h, "/add")
	ada := ask(h, "/login", visitor)
	ask(h, "/", ada)
	ask(h, "/", visitor) // with the id from before the login
	ask(h, "/logout", ada)
	ask(h, "/", ada)
	// Output:
	// user "ada", cart "tea"
	// user "", cart ""
	// user "", cart ""
}

// Save is for handlers that must know the outcome before they go on: here, to send no mail unless the code is stored.
func ExampleSession_Save() {
	const code core.Key[string] = "code"
	h := nethttpsession.Middleware(newSessions(nil))(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		code.Set(s, "4711")
		if err := s.Save(r.Context()); err != nil {
			http.Error(w, "Please try again.", adapter.HTTPStatus(err))
			return
		}
		fmt.Println("mail sent")
	}))

	ask(h, "/")
	// Output: mail sent
}
