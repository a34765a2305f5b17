package core

import (
	"net/http"
	"strings"
)

// A Request is what this package must know of a request to decide about it.
// Adapters of frameworks that are built on net/http use [NewRequest].
type Request struct {
	Method string                   // as in "GET"
	Host   string                   // as the client sent it, with the port
	Target string                   // path and query as the client sent them
	Header func(name string) string // the first value of a header, or ""

	header http.Header // in place of Header, which would be an allocation
}

// NewRequest returns the Request of a request of net/http.
func NewRequest(r *http.Request) Request {
	return Request{Method: r.Method, Host: r.Host, Target: r.RequestURI, header: r.Header}
}

// get returns the first value of a header, or "".
func (r Request) get(name string) string {
	if r.Header == nil {
		return r.header.Get(name)
	}
	return r.Header(name)
}

// navigates reports whether a person will see the answer as a page. All other
// requests are a program's: fetch, htmx, EventSource, WebSocket, images, curl.
//
// Sec-Fetch-Mode and Sec-Fetch-Dest (W3C Fetch Metadata) decide where they
// are sent: by every browser since 2023, over HTTPS and to localhost. Without
// them, a page is who accepts HTML by name: */* proves nothing, because fetch
// and curl send it as well.
func (r Request) navigates() bool {
	for _, name := range [...]string{"HX-Request", "Upgrade", "X-Requested-With"} {
		if r.get(name) != "" {
			return false
		}
	}
	if mode := r.get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	switch r.get("Sec-Fetch-Dest") {
	case "document", "iframe", "frame":
		return true
	case "":
		accept := strings.ToLower(r.get("Accept"))
		return strings.Contains(accept, "text/html") ||
			strings.Contains(accept, "application/xhtml+xml")
	}
	return false
}

// preflight reports whether r is a CORS preflight (Fetch, section 3.3.2). It
// never has a cookie.
func (r Request) preflight() bool {
	return r.Method == http.MethodOptions && r.get("Origin") != "" &&
		r.get("Access-Control-Request-Method") != ""
}
