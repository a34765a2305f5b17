package core_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/nethttpsession"
)

// Remember me, for those who tick the box: the login has a cookie that outlives the
// browser, and lifetimes of its own. A logout ends it like any other.
func ExampleSession_LoginWith() {
	store := memstore.New()
	sessions, _ := core.New(store, secret, &core.Options{
		Remember: core.Lifetimes{Idle: 30 * 24 * time.Hour, Absolute: 90 * 24 * time.Hour},
	})

	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).LoginWith(core.Login{User: "ada", Remember: r.FormValue("remember") == "on"})
	})
	mux.HandleFunc("/logout", func(_ http.ResponseWriter, r *http.Request) { nethttpsession.From(r).Logout() })
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		fmt.Printf("user %q\n", nethttpsession.From(r).User())
	})
	h := nethttpsession.Middleware(sessions)(mux)

	plain, kept := ask(h, "/login"), ask(h, "/login?remember=on")
	fmt.Println(plain.Cookies()[0].MaxAge, kept.Cookies()[0].MaxAge)
	store.Advance(31 * time.Minute) // the idle timeout of plain logins passes
	ask(h, "/", plain)
	ask(h, "/", kept)
	ask(h, "/logout", kept)
	ask(h, "/", kept)
	// Output:
	// 0 2592000
	// user ""
	// user "ada"
	// user ""
}

// A page for which the login must be fresh: who signed in too long ago proves again
// who they are, and comes back.
func ExampleSession_Confirm() {
	store := memstore.New()
	sessions, _ := core.New(store, secret, nil)
	fresh := nethttpsession.LoginRequired(core.Guard{
		LoginURL: "/login", ConfirmURL: "/confirm", MaxAge: 15 * time.Minute,
	})

	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(_ http.ResponseWriter, r *http.Request) { nethttpsession.From(r).Login("ada") })
	mux.HandleFunc("/confirm", func(w http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Confirm(1) // after the password was right
		http.Redirect(w, r, core.NextPath(r.FormValue("next"), "/"), http.StatusSeeOther)
	})
	mux.Handle("/vault", fresh(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "gold")
	})))
	h := nethttpsession.Middleware(sessions)(mux)

	ada := ask(h, "/login")
	fmt.Println(ask(h, "/vault", ada).StatusCode)
	store.Advance(16 * time.Minute)
	asked := ask(h, "/vault", ada)
	fmt.Println(asked.StatusCode, asked.Header.Get("Location"))
	ada = ask(h, asked.Header.Get("Location"), ada)
	fmt.Println(ada.StatusCode, ada.Header.Get("Location"))
	fmt.Println(ask(h, "/vault", ada).StatusCode)
	// Output:
	// 200
	// 303 /confirm?next=%2Fvault
	// 303 /vault
	// 200
}
