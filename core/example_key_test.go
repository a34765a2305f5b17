package core_test

import (
	"fmt"
	"net/http"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/nethttpsession"
)

// A cart is one typed key: the compiler checks every use.
func ExampleKey() {
	type item struct {
		Article string `json:"article"`
		Count   int    `json:"count"`
	}
	const cart core.Key[[]item] = "cart"

	mux := http.NewServeMux()
	mux.HandleFunc("/add", func(_ http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		items, _ := cart.Get(s)
		cart.Set(s, append(items, item{r.FormValue("article"), 1}))
	})
	mux.HandleFunc("/cart", func(_ http.ResponseWriter, r *http.Request) {
		items, ok := cart.Get(nethttpsession.From(r))
		fmt.Println(items, ok)
	})
	h := nethttpsession.Middleware(newSessions(nil))(mux)

	ask(h, "/cart")
	visitor := ask(h, "/add?article=tea")
	ask(h, "/add?article=cup", visitor)
	ask(h, "/cart", visitor)
	// Output:
	// [] false
	// [{tea 1} {cup 1}] true
}

// A flash message is shown once, on the page that comes next.
func ExampleKey_Pop() {
	const flash core.Key[string] = "flash"

	mux := http.NewServeMux()
	mux.HandleFunc("/save", func(w http.ResponseWriter, r *http.Request) {
		flash.Set(nethttpsession.From(r), "Your settings are saved.")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		message, ok := flash.Pop(nethttpsession.From(r))
		fmt.Printf("%q %v\n", message, ok)
	})
	h := nethttpsession.Middleware(newSessions(nil))(mux)

	visitor := ask(h, "/save")
	ask(h, "/", visitor)
	ask(h, "/", visitor)
	// Output:
	// "Your settings are saved." true
	// "" false
}
