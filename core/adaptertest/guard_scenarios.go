package adaptertest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// R29, R30. That no guarded handler ran in vain is checked after every
// scenario.
var guardScenarios = []scenario{
	{"guard lets in", "a guard lets requests with a login through", guardLetsIn},
	{"guard sends to the login", "a guard sends browsers to the login page with 303 and the path they asked for", guardRedirects},
	{"guard and programs", "a guard answers programs with 401 and one JSON body, and with no redirect", guardPrograms}, // H37
	{"guard and people", "a guard takes a navigation for what it is, whatever it is for", guardPeople},
	{"guard and preflight", "a CORS preflight is answered 204, and no handler behind a guard runs for it", guardPreflight},
	{"guard and CORS", "middleware for CORS outside of a guard answers preflights, and its headers stand on the guard's answers", guardCORS},
	{"guard and caches", "a guarded page is not stored, unless its handler says so", guardCaches}, // R45
	{"guard in events", "a refusal of a guard is an event", guardEvents},                          // R47
	{"guard and POST", "a guard sends a POST to the login page without a path to come back to", guardPOST},
	{"guard without a page", "a guard without a login page answers everybody with 401", guardBare},
	{"guard without a store", "a guard answers 503 when the store is down, to everybody with a good cookie", guardOutage},
}

func guardLetsIn(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	for _, path := range []string{guardedPath, guardedPath + "/bare"} {
		r := b.get(path)
		want(s, path+": status", r.status, http.StatusOK)
		want(s, path+": body", r.body, "hello ada")
	}
	r := b.ask(b.request(s.ctx, http.MethodPost, guardedPath, "a=b"))
	want(s, "POST: status", r.status, http.StatusOK)
}

func guardRedirects(s *stage) {
	b := s.start(setup{}).browser()
	const asked = guardedPath + "?tab=2&q=a+b%26c"
	r := b.get(asked, "Accept", "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8")
	want(s, "status", r.status, http.StatusSeeOther)
	want(s, "location", r.header.Get("Location"), "/login?next="+url.QueryEscape(asked))
	want(s, "Vary", r.header.Get("Vary"), "Cookie")
	want(s, "cookie", r.cookies(), "")
	to, _ := url.Parse(r.header.Get("Location"))
	want(s, "the path that NextPath gives back", core.NextPath(to.Query().Get("next"), "/"), asked)
}

// programs are the headers of requests whose answer no person sees.
var programs = []struct {
	name   string
	header []string
}{
	{"JSON", []string{"Accept", "application/json"}},
	{"problem+json", []string{"Accept", "application/problem+json, */*"}},
	{"XMLHttpRequest", []string{"X-Requested-With", "XMLHttpRequest", "Accept", "text/html"}},
	{"curl", []string{"Accept", "*/*"}},
	{"fetch", []string{"Accept", "*/*", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty", "Sec-Fetch-Site", "same-origin"}},
	{"fetch of HTML", []string{"Accept", "text/html", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"}},
	{"fetch without TLS", []string{"Accept", "*/*", "Referer", origin}},
	{"htmx", []string{"Accept", "text/html, */*", "HX-Request", "true"}},
	{"EventSource", []string{"Accept", "text/event-stream"}},
	{"an image", []string{"Accept", "image/avif,image/webp,*/*;q=0.8", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}},
	{"gRPC-web", []string{"Accept", "application/grpc-web-text", "Content-Type", "application/grpc-web-text"}},
}

// isJSON compares an answer with the only one that programs get.
func isJSON(s *stage, what string, r *reply, status int) {
	s.Helper()
	need := adapter.Need("")
	if status == http.StatusUnauthorized {
		need = adapter.NeedLogin
	}
	needs(s, what, r, status, need)
}

// needs is isJSON with what the login lacks.
func needs(s *stage, what string, r *reply, status int, need adapter.Need) {
	s.Helper()
	body := map[string]string{"error": core.ErrorText(status)}
	if need != "" {
		body["needs"] = string(need)
	}
	object, _ := json.Marshal(body)
	want(s, what+": status", r.status, status)
	want(s, what+": body", r.body, string(object)+"\n")
	want(s, what+": type", r.header.Get("Content-Type"), "application/json")
	want(s, what+": Cache-Control", r.header.Get("Cache-Control"), "no-store")
	want(s, what+": location", r.header.Get("Location"), "")
	want(s, what+": cookie", r.cookies(), "")
}

func guardPrograms(s *stage) {
	p := s.start(setup{})
	b := p.browser()
	for _, program := range programs {
		for _, path := range []string{guardedPath, guardedPath + "/bare"} {
			isJSON(s, program.name+" "+path, b.get(path, program.header...), http.StatusUnauthorized)
		}
	}
	line := loggedIn(p)
	s.store.fail(errOutage, "load", "save")
	for _, path := range []string{guardedPath, "/user", "/visit"} {
		r := p.bearing(line).get(path, "Accept", "*/*")
		isJSON(s, "no store "+path, r, http.StatusServiceUnavailable)
	}
}

func guardPeople(s *stage) {
	b := s.start(setup{}).browser()
	for _, header := range [][]string{
		{"Accept", "text/html"},
		{"Accept", "application/xhtml+xml"},
		{"Accept", "*/*", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"},
		{"Accept", "text/html", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe", "Sec-Fetch-Site", "cross-site"},
		{"Accept", "text/html", "Upgrade-Insecure-Requests", "1"},
		{"Accept", "text/html", "X-Requested-With", "com.example.app"}, // Android's WebView
	} {
		want(s, strings.Join(header, " "), b.get(guardedPath, header...).status, http.StatusSeeOther)
	}
}

func guardPreflight(s *stage) {
	b := s.start(setup{}).browser()
	ask := func(header ...string) *reply {
		return b.ask(b.request(s.ctx, http.MethodOptions, guardedPath, "", header...))
	}
	preflight := []string{"Accept", "*/*", "Origin", "https://other.example", "Access-Control-Request-Method", "PUT"}
	r := ask(preflight...)
	want(s, "status", r.status, http.StatusNoContent)
	want(s, "body", r.body, "")
	isJSON(s, "OPTIONS of another kind", ask("Accept", "*/*"), http.StatusUnauthorized)
	b.get("/login?user=ada")
	want(s, "with a login", ask(preflight...).body, "hello ada")
}

// guardCORS has two kinds of middleware: one answers preflights itself, the
// other, as a proxy may, adds headers to what comes from inside.
func guardCORS(s *stage) {
	const friend = "https://friend.example"
	allow := http.Header{
		"Access-Control-Allow-Origin":      {friend},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Allow-Methods":     {"POST"},
	}
	answers := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for name, values := range allow {
				w.Header()[name] = slices.Clone(values)
			}
			if r.Method == http.MethodOptions {
				w.WriteHeader(http.StatusAccepted)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	o := core.Options{TrustedOrigins: []string{friend}}
	for name, row := range map[string]struct {
		process   *process
		preflight int
	}{
		"answers": {s.start(setup{options: o, inside: answers}), http.StatusAccepted},
		"adds":    {s.start(setup{options: o, outer: allow}), http.StatusNoContent},
	} {
		b := row.process.browser()
		ask := func(method string, header ...string) *reply {
			return b.ask(b.request(s.ctx, method, guardedPath, "", append(header, "Accept", "*/*", "Origin", friend,
				"Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty", "Sec-Fetch-Site", "cross-site")...))
		}
		preflight := func() *reply { return ask(http.MethodOptions, "Access-Control-Request-Method", "POST") }
		for _, step := range []struct {
			what   string
			r      *reply
			status int
		}{
			{"preflight", preflight(), row.preflight},
			{"without a login", ask(http.MethodPost), http.StatusUnauthorized},
			{"login", b.get("/login?user=ada"), http.StatusOK},
			{"with a login", ask(http.MethodPost), http.StatusOK},
		} {
			want(s, name+", "+step.what+": status", step.r.status, step.status)
			want(s, name+", "+step.what+": allowed origin", step.r.header.Get("Access-Control-Allow-Origin"), friend)
		}
	}
}

func guardCaches(s *stage) {
	route := get(guardedPath+"/kept", func(x Exchange) error {
		x.SetHeader("Cache-Control", "private, max-age=60")
		return x.Text(http.StatusOK, "kept")
	})
	route.Guard = new(core.Guard)
	b := s.start(setup{routes: []Route{route}, outer: http.Header{"Cache-Control": {"public, max-age=3600"}}}).browser()
	want(s, "a refusal", b.get(guardedPath).header.Get("Cache-Control"), "no-store")
	b.get("/login?user=ada")
	want(s, "a page", b.get(guardedPath).header.Get("Cache-Control"), "no-store")
	want(s, "a page that says otherwise", b.get(guardedPath+"/kept").header.Get("Cache-Control"), "private, max-age=60")
	s.store.fail(errOutage, "load")
	want(s, "a failure", b.get("/user").header.Get("Cache-Control"), "no-store")
}

func guardEvents(s *stage) {
	b := s.start(setup{}).browser()
	tells(s, b, [][2]string{{guardedPath, "refused (login required)"}, {guardedPath + "/bare", "refused (login required)"}})
}

func guardPOST(s *stage) {
	b := s.start(setup{}).browser()
	r := b.ask(b.request(s.ctx, http.MethodPost, guardedPath, "a=b"))
	want(s, "status", r.status, http.StatusSeeOther)
	want(s, "location", r.header.Get("Location"), "/login")
}

func guardBare(s *stage) {
	b := s.start(setup{}).browser()
	for _, accept := range []string{"text/html", "application/json", "*/*"} {
		r := b.get(guardedPath+"/bare", "Accept", accept)
		want(s, accept+": status", r.status, http.StatusUnauthorized)
		want(s, accept+": location", r.header.Get("Location"), "")
	}
}

func guardOutage(s *stage) {
	p := s.start(setup{})
	b := p.browser()
	b.get("/login?user=ada")
	s.store.fail(errOutage, "load")
	for _, path := range []string{guardedPath, guardedPath + "/bare"} {
		for _, accept := range []string{"text/html", "application/json"} {
			r := b.get(path, "Accept", accept)
			want(s, path+" "+accept+": status", r.status, http.StatusServiceUnavailable)
			want(s, path+" "+accept+": location", r.header.Get("Location"), "")
			want(s, path+" "+accept+": cookie", r.cookies(), "")
		}
	}
	want(s, "a stranger", p.browser().get(guardedPath).status, http.StatusSeeOther)
	s.store.heal()
	want(s, "when the store is back", b.get(guardedPath).status, http.StatusOK)
}
