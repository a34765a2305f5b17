package adaptertest

import (
	"net/http"
	"strings"

	"github.com/ringsession/ringsession/core"
)

// R15
var cachingScenarios = []scenario{
	{"no-store", "a response with the cookie is not stored by caches", noStore},
	{"handler's Cache-Control", "what the handler says about caching stays", handlersCacheControl},
	{"no public cookie", "no shared cache may store a response with the cookie, whatever the handler says", noPublicCookie}, // R45
	{"Clear-Site-Data", "the end of a session clears the site's data if the options ask for it", clearSiteData},
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

// targeted are headers that some shared caches obey in place of Cache-Control.
var targeted = []string{"Cdn-Cache-Control", "Surrogate-Control"}

func noPublicCookie(s *stage) {
	p := s.start(setup{routes: []Route{get("/cached", func(x Exchange) error {
		visits.Set(x.Session(), 1)
		x.SetHeader("Cache-Control", x.Query("first"))
		if second := x.Query("second"); second != "" {
			x.AddHeader("Cache-Control", second)
		}
		for _, name := range targeted {
			x.SetHeader(name, "max-age=3600")
		}
		return x.Text(http.StatusOK, "ok")
	})}})
	for _, row := range []struct{ query, want string }{
		{"first=public,+max-age=3600", "private, max-age=3600"},
		{"first=Public,S-MaxAge=60,max-age=5", "private, max-age=5"},
		{"first=max-age=60", "private, max-age=60"},
		{"first=max-age=5&second=public,+s-maxage=60", "private, max-age=5"},
		{"first=no-cache", "private, no-cache"},
		{"first=private=\"x\",max-age=5", "private, private=\"x\", max-age=5"},
		{"first=no-store", "no-store"},
		{"first=public", "private"},
	} {
		b := p.browser()
		r := b.get("/cached?" + row.query)
		want(s, row.query, strings.Join(r.header["Cache-Control"], "|"), row.want)
		for _, name := range targeted {
			want(s, row.query+": "+name, r.header.Get(name), "")
			want(s, "without a cookie: "+name, b.get("/cached?"+row.query).header.Get(name), "max-age=3600")
		}
		if row.query == "first=public" {
			want(s, "without a cookie the handler's word stays", b.get("/cached?first=public").header.Get("Cache-Control"), "public")
		}
	}
}

func clearSiteData(s *stage) {
	const what = `"cache", "storage"`
	p := s.start(setup{options: core.Options{ClearSiteData: what}})
	b := p.browser()
	want(s, "login", b.get("/login?user=ada").header.Get("Clear-Site-Data"), "")
	want(s, "page", b.get("/user").header.Get("Clear-Site-Data"), "")
	want(s, "logout", b.get("/logout").header.Get("Clear-Site-Data"), what)
	want(s, "a stranger's logout", b.get("/logout").header.Get("Clear-Site-Data"), "")
	other := s.start(setup{}).browser()
	other.get("/login?user=ada")
	want(s, "logout by default", other.get("/logout").header.Get("Clear-Site-Data"), "")
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
