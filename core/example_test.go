package core_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/nethttpsession"
)

// newSessions stands for what a program does once, with a store that all its processes share.
func newSessions(opts *core.Options) *core.Manager {
	sessions, err := core.New(memstore.New(), secret, opts)
	if err != nil {
		panic(err)
	}
	return sessions
}

// ask sends a GET to the handler, with the cookies that earlier responses set.
func ask(h http.Handler, path string, earlier ...*http.Response) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html") // as browsers do
	for _, response := range earlier {
		for _, cookie := range response.Cookies() {
			r.AddCookie(cookie)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// A program has one Manager, mounts the middleware of its framework, and uses the session of each request.
func Example() {
	const visits core.Counter = "visits"
	sessions, err := core.New(memstore.New(), secret, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	h := nethttpsession.Middleware(sessions)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		visits.Add(s, 1) // stored before the response's headers leave
		fmt.Println("visit", visits.Get(s))
	}))

	first := ask(h, "/")
	ask(h, "/", first)
	// Output:
	// visit 1
	// visit 2
}

// Each secret has at least 32 bytes; the error says how to make one.
func ExampleNew() {
	_, err := core.New(memstore.New(), []byte("too short"), nil)
	fmt.Println(err)
	// Output: session: secret 1 of 1 has 9 bytes, fewer than 32; make one with: openssl rand -base64 32
}
