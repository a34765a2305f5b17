package core

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A Guard lets only requests with a login through. The zero value answers the others with 401.
type Guard struct {
	// LoginURL is where browsers are sent to log in, with 303 and the path they asked for in the parameter next; see
	// [NextPath]. Requests that want JSON get 401 all the same. Default: everybody gets 401.
	LoginURL string
}

// A GuardedRequest is what a [Guard] needs to know of a request.
type GuardedRequest struct {
	Method string                   // as in "GET"
	Target string                   // as the client sent it, with the query
	Header func(name string) string // the first value of a header, or ""
}

// A Refusal is the answer to a request that must not reach its handler. It is an error so that frameworks whose handlers
// return errors can pass it on.
type Refusal struct {
	Status   int    // 303 or 401 without a login; 503 or 500 if the session could not be read
	Location string // of a 303
	Err      error  // why the session could not be read; nil without a login
}

// Error says why the request was refused.
func (r *Refusal) Error() string {
	if r.Err != nil {
		return r.Err.Error()
	}
	return "session: login required"
}

// Unwrap returns Err.
func (r *Refusal) Unwrap() error { return r.Err }

// Check decides about a request: nil lets it through to the handler, a Refusal with status 303 or 401 denies it, and one
// with 503 or 500 says that nobody knows because the session could not be read. It reads the session.
func (g Guard) Check(s *Session, r GuardedRequest) *Refusal {
	user, err := s.verified()
	switch {
	case err != nil:
		return &Refusal{Status: HTTPStatus(err), Err: err}
	case user != "":
		return nil
	case g.LoginURL == "" || WantsJSON(r.Header):
		return &Refusal{Status: http.StatusUnauthorized}
	}
	return &Refusal{Status: http.StatusSeeOther, Location: g.location(r)}
}

// location leaves the parameter next out where a GET of the path after the login would not be what was asked for.
func (g Guard) location(r GuardedRequest) string {
	next := NextPath(r.Target, "")
	if next == "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return g.LoginURL
	}
	separator := "?"
	if strings.Contains(g.LoginURL, "?") {
		separator = "&"
	}
	return fmt.Sprintf("%s%snext=%s", g.LoginURL, separator, url.QueryEscape(next))
}

// WantsJSON reports whether a request comes from a program rather than a page: it accepts JSON and not HTML, or says that it
// is an XMLHttpRequest.
func WantsJSON(header func(name string) string) bool {
	accept := strings.ToLower(header("Accept"))
	if strings.Contains(accept, "text/html") {
		return false
	}
	return strings.Contains(accept, "/json") || strings.Contains(accept, "+json") ||
		strings.EqualFold(header("X-Requested-With"), "XMLHttpRequest")
}
