package core_test

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/nethttpsession"
)

// Requests that count at the same time all count. A Key would lose what others set
// after it was read.
func ExampleCounter() {
	const clicks core.Counter = "clicks"

	mux := http.NewServeMux()
	mux.HandleFunc("/click", func(_ http.ResponseWriter, r *http.Request) {
		clicks.Add(nethttpsession.From(r), 1)
	})
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(clicks.Get(nethttpsession.From(r)))
	})
	h := nethttpsession.Middleware(newSessions(nil))(mux)

	visitor := ask(h, "/click")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { ask(h, "/click", visitor) })
	}
	all.Wait()
	ask(h, "/", visitor)
	// Output: 21
}

// A user may open three downloads at a time, however many requests come at once.
func ExampleCounter_AddUpTo() {
	const downloads core.Counter = "downloads"

	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Login("ada")
	})
	mux.HandleFunc("/download", func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		switch allowed, err := downloads.AddUpTo(r.Context(), s, 1, 3); {
		case err != nil:
			s.WriteError(w, r, err)
		case !allowed:
			http.Error(w, "not more than three at a time", http.StatusTooManyRequests)
		}
	})
	h := nethttpsession.Middleware(newSessions(nil))(mux)

	user := ask(h, "/login")
	var mu sync.Mutex
	answers := map[int]int{}
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			status := ask(h, "/download", user).StatusCode
			mu.Lock()
			defer mu.Unlock()
			answers[status]++
		})
	}
	all.Wait()
	fmt.Println(answers)
	// Output: map[200:3 429:27]
}

// A flash message is shown once, on the page that comes next, and none is lost when
// two forms are sent at the same time.
func ExampleList() {
	const flash core.List[string] = "flash"

	mux := http.NewServeMux()
	mux.HandleFunc("/save", func(w http.ResponseWriter, r *http.Request) {
		flash.Append(nethttpsession.From(r), r.FormValue("what")+" saved.")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		messages, err := flash.Take(r.Context(), s)
		if err != nil {
			s.WriteError(w, r, err)
			return
		}
		fmt.Printf("%q\n", messages)
	})
	h := nethttpsession.Middleware(newSessions(nil))(mux)

	visitor := ask(h, "/save?what=Name")
	ask(h, "/save?what=Address", visitor)
	ask(h, "/", visitor)
	ask(h, "/", visitor)
	// Output:
	// ["Name saved." "Address saved."]
	// []
}
