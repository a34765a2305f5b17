package core_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/nethttpsession"
)

// One guard for pages and for programs: browsers are sent to the login page, who asks for JSON gets a 401 in JSON.
func ExampleGuard() {
	loginRequired := nethttpsession.LoginRequired(core.Guard{LoginURL: "/login"})
	h := nethttpsession.Middleware(newSessions(nil))(loginRequired(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "secret")
	})))

	for _, accept := range []string{"text/html", "application/json"} {
		r := httptest.NewRequest(http.MethodGet, "/orders?page=2", nil)
		r.Header.Set("Accept", "text/html") // as browsers do
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		fmt.Printf("%d %q %q\n", w.Code, w.Header().Get("Location"), body)
	}
	// Output:
	// 303 "/login?next=%2Forders%3Fpage%3D2" ""
	// 401 "" "{\"error\":\"Login required.\",\"needs\":\"login\"}\n"
}

// The parameter next of a login page comes from anybody, so only paths of this host are followed.
func ExampleNextPath() {
	for _, next := range []string{"/account?tab=2", "//evil.example", `/\evil.example`, "https://evil.example/", ""} {
		fmt.Println(core.NextPath(next, "/"))
	}
	// Output:
	// /account?tab=2
	// /
	// /
	// /
	// /
}
