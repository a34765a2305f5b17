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

// responds checks the response of a handler that changes the session: the cookie
// is on it, and the change is stored.
func responds(s *stage, method string, respond func(Exchange) error, status int) *reply {
	b := s.start(setup{routes: []Route{{Method: method, Path: "/respond", Handle: func(x Exchange) error {
		visits.Set(x.Session(), 7)
		return respond(x)
	}}}}).browser()
	r := b.ask(b.request(s.ctx, method, "/respond", ""))
	what := http.StatusText(status)
	want(s, what+": status", r.status, status)
	want(s, what+": cookie", masked(r.cookies()), forms[0].set)
	want(s, what+": visits", b.get("/visit").body, "8")
	return r
}

// text is a handler that answers with the status and the text.
func text(status int, body string) func(Exchange) error {
	return func(x Exchange) error { return x.Text(status, body) }
}

func redirect(s *stage) {
	r := responds(s, http.MethodGet, func(x Exchange) error {
		return x.Redirect(http.StatusSeeOther, "/get?key=visits")
	}, http.StatusSeeOther)
	want(s, "location", r.header.Get("Location"), "/get?key=visits")
}

func emptyResponse(s *stage) {
	r := responds(s, http.MethodGet, func(Exchange) error { return nil }, http.StatusOK)
	want(s, "body", r.body, "")
}

func bodiless(s *stage) {
	for _, status := range []int{http.StatusNoContent, http.StatusNotModified, http.StatusOK} {
		want(s, "body", responds(s, http.MethodGet, text(status, ""), status).body, "")
	}
}

func head(s *stage) {
	r := responds(s, http.MethodHead, text(http.StatusOK, "not for you"), http.StatusOK)
	want(s, "body", r.body, "")
}

func everyStatus(s *stage) {
	for _, status := range []int{201, 206, 302, 400, 401, 403, 404, 418, 500, 502} {
		body := http.StatusText(status)
		want(s, "body", responds(s, http.MethodGet, text(status, body), status).body, body)
	}
}

func largeResponse(s *stage) {
	body := strings.Repeat("0123456789abcdef", 1<<14)
	r := responds(s, http.MethodGet, text(http.StatusOK, body), http.StatusOK)
	want(s, "body is whole", r.body == body, true)
}

func outerHeaders(s *stage) {
	b := s.start(setup{outer: http.Header{"X-Outer": {"kept"}}}).browser()
	for _, path := range []string{"/visit", "/alone", guardedPath} {
		want(s, path, b.get(path).header.Get("X-Outer"), "kept")
	}
}
