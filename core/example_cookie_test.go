package core_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/nethttpsession"
)

// Users stay logged in when the browser is closed, for two weeks without a visit and
// 90 days in all. Visits move the end of the cookie. Where a user chooses, see
// [Login.Remember].
func ExampleCookie_persistent() {
	sessions := newSessions(&core.Options{
		Cookie:          core.Cookie{Persistent: true},
		IdleTimeout:     14 * 24 * time.Hour,
		AbsoluteTimeout: 90 * 24 * time.Hour,
	})
	fmt.Println(cookieOf(sessions))
	// Output: __Host-session=…; Path=/; Max-Age=1209600; HttpOnly; Secure; SameSite=Lax
}

// One login for all hosts of a domain. The name loses its __Host- prefix, which stands for one host.
func ExampleCookie_domain() {
	fmt.Println(cookieOf(newSessions(&core.Options{Cookie: core.Cookie{Domain: "example.com"}})))
	// Output: __Secure-session=…; Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax
}

// For development without TLS: Safari, for one, keeps no Secure cookie from http://localhost.
func ExampleCookie_insecure() {
	fmt.Println(cookieOf(newSessions(&core.Options{Cookie: core.Cookie{InsecureCookie: true}})))
	// Output: session=…; Path=/; HttpOnly; SameSite=Lax
}

// cookieOf returns the Set-Cookie line of a login, without the token.
func cookieOf(sessions *core.Manager) string {
	h := nethttpsession.Middleware(sessions)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Login("ada")
	}))
	line := ask(h, "/").Header.Get("Set-Cookie")
	name, rest, _ := strings.Cut(line, "=")
	_, attributes, _ := strings.Cut(rest, ";")
	return name + "=…;" + attributes
}
