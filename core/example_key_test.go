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

// What a form brings along from one page to the next is read once.
func ExampleKey_Pop() {
	const draft core.Key[string] = "draft"

	mux := http.NewServeMux()
	mux.HandleFunc("/write", func(_ http.ResponseWriter, r *http.Request) {
		draft.Set(nethttpsession.From(r), "Dear Ada")
	})
	mux.HandleFunc("/send", func(_ http.ResponseWriter, r *http.Request) {
		text, ok := draft.Pop(nethttpsession.From(r))
		fmt.Printf("%q %v\n", text, ok)
	})
	h := nethttpsession.Middleware(newSessions(nil))(mux)

	visitor := ask(h, "/write")
	ask(h, "/send", visitor)
	ask(h, "/send", visitor)
	// Output:
	// "Dear Ada" true
	// "" false
}
