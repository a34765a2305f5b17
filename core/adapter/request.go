package adapter

import (
	"net/http"
	"strings"
)

// A Request is what the session, its guard and its cookie must know of a
// request. Adapters of frameworks that are built on net/http use [NewRequest].
// The results of the methods need not be valid after the request.
type Request interface {
	Method() string            // as in "GET"
	Host() string              // as the client sent it, with the port
	Target() string            // path and query as the client sent them
	Header(name string) string // the first value of a header, or ""
	Cookies() []string         // the values of the Cookie headers
}

// NewRequest returns the Request of a request of net/http.
func NewRequest(r *http.Request) Request { return httpRequest{r} }

type httpRequest struct{ r *http.Request }

func (h httpRequest) Method() string            { return h.r.Method }
func (h httpRequest) Host() string              { return h.r.Host }
func (h httpRequest) Target() string            { return h.r.RequestURI }
func (h httpRequest) Header(name string) string { return h.r.Header.Get(name) }
func (h httpRequest) Cookies() []string         { return h.r.Header["Cookie"] }

// IsNavigation reports whether a person will see the answer as a page. All
// other requests are made by programs: fetch, htmx, EventSource, WebSocket,
// images, curl.
//
// Every browser since 2023 sends Sec-Fetch-Mode and Sec-Fetch-Dest (W3C Fetch
// Metadata), over HTTPS and to localhost. If they are there, they decide.
// Otherwise a request is a navigation if it accepts HTML by name. Accept: */*
// proves nothing, because fetch and curl send it as well.
func IsNavigation(r Request) bool {
	// Android's WebView puts the name of its app into X-Requested-With, also
	// for navigations. So only the value XMLHttpRequest counts.
	if r.Header("HX-Request") != "" || r.Header("Upgrade") != "" ||
		strings.EqualFold(r.Header("X-Requested-With"), "XMLHttpRequest") {
		return false
	}
	if mode := r.Header("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	switch r.Header("Sec-Fetch-Dest") {
	case "document", "iframe", "frame":
		return true
	case "":
		accept := strings.ToLower(r.Header("Accept"))
		return strings.Contains(accept, "text/html") ||
			strings.Contains(accept, "application/xhtml+xml")
	}
	return false
}

// IsPreflight reports whether r is a CORS preflight (Fetch, section 3.3.2). It
// never has a cookie.
func IsPreflight(r Request) bool {
	return r.Method() == http.MethodOptions && r.Header("Origin") != "" &&
		r.Header("Access-Control-Request-Method") != ""
}
