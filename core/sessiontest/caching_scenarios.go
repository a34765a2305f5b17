package sessiontest

import (
	"net/http"
	"strings"
)

// R15
var cachingScenarios = []scenario{
	{"no-store", "a response with the cookie is not stored by caches", noStore},
	{"handler's Cache-Control", "what the handler says about caching stays", handlersCacheControl},
	{"vary", "a response varies on Cookie if the session was used, and only then", vary},
	{"vary merged", "Vary: Cookie joins what is there, once", varyMerged},
}

func noStore(s *stage) {
	b := s.start(setup{}).browser()
	want(s, "with a new cookie", b.get("/visit").header.Get("Cache-Control"), "no-store")
	want(s, "without", b.get("/visit").header.Get("Cache-Control"), "")
	want(s, "with a renewed cookie", b.get("/login?user=ada").header.Get("Cache-Control"), "no-store")
	want(s, "with a deleted cookie", b.get("/logout").header.Get("Cache-Control"), "no-store")
}

func handlersCacheControl(s *stage) {
	b := s.start(setup{routes: []Route{get("/cached", func(x Exchange) error {
		visits.Set(x.Session(), 1)
		x.SetHeader("Cache-Control", "private, max-age=60")
		return x.Text(http.StatusOK, "ok")
	})}}).browser()
	want(s, "Cache-Control", strings.Join(b.get("/cached").header["Cache-Control"], "|"), "private, max-age=60")
}

func vary(s *stage) {
	b := s.start(setup{}).browser()
	for _, row := range []struct{ path, want string }{
		{"/alone", ""},
		{"/user", "Cookie"},
		{"/visit", "Cookie"},
		{"/visit", "Cookie"},
		{"/alone", ""},
		{guardedPath, "Cookie"},
		{"/logout", "Cookie"},
	} {
		want(s, row.path, b.get(row.path).header.Get("Vary"), row.want)
	}
}

func varyMerged(s *stage) {
	b := s.start(setup{
		outer: http.Header{"Vary": {"Origin"}},
		routes: []Route{get("/vary", answer(func(x Exchange) string {
			if names := x.Query("names"); names != "" {
				x.SetHeader("Vary", names)
			}
			return x.Session().User()
		}))},
	}).browser()
	for _, row := range []struct{ names, want string }{
		{"", "Origin, Cookie"},
		{"Accept-Encoding", "Accept-Encoding, Cookie"},
		{"accept,cookie", "accept,cookie"},
		{"Cookies", "Cookies, Cookie"},
		{"*", "*"},
	} {
		want(s, "with "+row.names, strings.Join(b.get("/vary?names=" + row.names).header["Vary"], ", "), row.want)
	}
}
