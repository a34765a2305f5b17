package adaptertest

import (
	"net/http"
	"strings"
)

var responseScenarios = []scenario{
	{"redirect", "a redirect carries the cookie, and who follows it sees the change", redirect},
	{"empty response", "a handler that writes nothing answers 200 with the cookie", emptyResponse},
	{"statuses without a body", "responses that have no body carry the cookie: 204, 304, an empty 200", bodiless},
	{"HEAD", "a HEAD request is answered with the cookie and no body", head},
	{"every status", "the handler's status goes out with the cookie, whatever it is", everyStatus},
	{"outer headers", "headers of outer middleware go out beside the cookie", outerHeaders},
	{"large response", "a large body is whole, and its head has the cookie", largeResponse},
}

func changing(method, path string, respond func(Exchange) error) Route {
	return Route{Method: method, Path: path, Handle: func(x Exchange) error {
		visits.Set(x.Session(), 7)
		return respond(x)
	}}
}

func redirect(s *stage) {
	b := s.start(setup{routes: []Route{changing(http.MethodGet, "/go", func(x Exchange) error {
		return x.Redirect(http.StatusSeeOther, "/get?key=visits")
	})}}).browser()
	r := b.get("/go")
	want(s, "status", r.status, http.StatusSeeOther)
	want(s, "cookie", masked(r.cookies()), forms[0].set)
	want(s, "value there", b.get(r.header.Get("Location")).body, "7")
}

func emptyResponse(s *stage) {
	b := s.start(setup{routes: []Route{changing(http.MethodGet, "/nothing", func(Exchange) error { return nil })}}).browser()
	r := b.get("/nothing")
	want(s, "status", r.status, http.StatusOK)
	want(s, "body", r.body, "")
	want(s, "cookie", masked(r.cookies()), forms[0].set)
	want(s, "visits", b.get("/visit").body, "8")
}

func bodiless(s *stage) {
	for _, status := range []int{http.StatusNoContent, http.StatusNotModified, http.StatusOK} {
		b := s.start(setup{routes: []Route{changing(http.MethodGet, "/bare", func(x Exchange) error {
			return x.Text(status, "")
		})}}).browser()
		r := b.get("/bare")
		want(s, "status", r.status, status)
		want(s, "body", r.body, "")
		want(s, "cookie", masked(r.cookies()), forms[0].set)
	}
}

func head(s *stage) {
	b := s.start(setup{routes: []Route{changing(http.MethodHead, "/head", func(x Exchange) error {
		return x.Text(http.StatusOK, "not for you")
	})}}).browser()
	r := b.ask(b.request(s.ctx, http.MethodHead, "/head", ""))
	want(s, "status", r.status, http.StatusOK)
	want(s, "body", r.body, "")
	want(s, "cookie", masked(r.cookies()), forms[0].set)
	want(s, "visits", b.get("/visit").body, "8")
}

func everyStatus(s *stage) {
	for _, status := range []int{201, 206, 302, 400, 401, 403, 404, 418, 500, 502} {
		b := s.start(setup{routes: []Route{changing(http.MethodGet, "/status", func(x Exchange) error {
			return x.Text(status, http.StatusText(status))
		})}}).browser()
		r := b.get("/status")
		want(s, "status", r.status, status)
		want(s, "body", r.body, http.StatusText(status))
		want(s, "cookie", masked(r.cookies()), forms[0].set)
	}
}

func outerHeaders(s *stage) {
	b := s.start(setup{outer: http.Header{"X-Outer": {"kept"}}}).browser()
	for _, path := range []string{"/visit", "/alone", guardedPath} {
		want(s, path, b.get(path).header.Get("X-Outer"), "kept")
	}
}

func largeResponse(s *stage) {
	body := strings.Repeat("0123456789abcdef", 1<<14)
	b := s.start(setup{routes: []Route{changing(http.MethodGet, "/large", func(x Exchange) error {
		return x.Text(http.StatusOK, body)
	})}}).browser()
	r := b.get("/large")
	want(s, "body is whole", r.body == body, true)
	want(s, "cookie", masked(r.cookies()), forms[0].set)
}
