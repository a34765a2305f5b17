package adaptertest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/store"
)

// R42, R43: what a login says about itself, how long it counts, and where a
// guard sends those who must prove again who they are.
var clockScenarios = []scenario{
	{"guard wants a fresh login", "a guard sends a stale or a weak login to the confirmation, and tells programs what it needs", guardNeeds}, // R42
	{"confirmed, and back", "a confirmation changes the id, satisfies the guard, and leads back to the page", confirmedAndBack},              // R42
	{"remembered", "a remembered login has a persistent cookie, right to the byte, which is refreshed with the session", remembered},         // R43
	{"cookie for the request", "CookieFor gives each response the attributes that its request needs", cookieForRequest},
	{"no cookie for the request", "a cookie that browsers would refuse, and a panic, cost the answer", noCookieForRequest},
	{"device", "a login has the label of the request's browser, unless it brings its own", deviceLabel},
	{"borrowed labels", "what a login keeps of its request does not change with the next request", borrowedLabels},
	{"too many sessions", "a login over the limit is answered 409, to people and programs", tooManySessions}, // R41
}

// clockRoutes log in with all that a login can say, and guard what wants more.
func clockRoutes() []Route {
	routes := []Route{
		get("/enter", change(func(s *core.Session, x Exchange) {
			level, _ := strconv.Atoi(x.Query("level"))
			s.LoginWith(core.Login{
				User: x.Query("user"), Remember: x.Query("remember") == "on", Level: level,
				Device:   x.Query("device"),
				External: core.External{Issuer: x.Query("issuer"), ID: x.Query("sid")},
			})
		})),
		get("/confirm", func(x Exchange) error {
			level, _ := strconv.Atoi(x.Query("level"))
			x.Session().Confirm(level)
			return x.Redirect(http.StatusSeeOther, core.NextPath(x.Query("next"), "/"))
		}),
		get("/unlock", change(func(s *core.Session, _ Exchange) { s.Unlock() })),
		get("/locked", use(func(s *core.Session, _ Exchange) string { return s.Locked() })),
	}
	for name, guard := range map[string]core.Guard{
		"fresh": {LoginURL: "/login", ConfirmURL: "/confirm", MaxAge: 15 * time.Minute},
		"level": {LoginURL: "/login", ConfirmURL: "/confirm?level=2", Level: 2},
		"any":   {LoginURL: "/login", ConfirmURL: "/confirm"},
	} {
		route := get(guardedPath+"/"+name, use(greet))
		route.Guard = &guard
		routes = append(routes, route)
	}
	return routes
}

func guardNeeds(s *stage) {
	p := s.start(setup{routes: clockRoutes(), options: core.Options{Locks: true}})
	fresh, level, anyone := guardedPath+"/fresh", guardedPath+"/level", guardedPath+"/any"
	for _, row := range []struct {
		login, path string
		pass        time.Duration
		needs       adapter.Need
		to          string
	}{
		{"", fresh, 0, adapter.NeedLogin, "/login?next="},
		{"", level, 0, adapter.NeedLogin, "/login?next="},
		{"/enter?user=ada", fresh, 0, "", ""},
		{"/enter?user=ada", level, 0, adapter.NeedLevel, "/confirm?level=2&next="},
		{"/enter?user=ada&level=2", level, 0, "", ""},
		{"/enter?user=ada&level=2", fresh, 15*time.Minute + 1, adapter.NeedFresh, "/confirm?next="},
		{"/enter?user=ada&level=2", level, 15*time.Minute + 1, "", ""},
		{"/enter?user=ada&level=2", anyone, idle, adapter.NeedUnlock, "/confirm?next="},
		{"/enter?user=ada&level=2", level, idle, adapter.NeedUnlock, "/confirm?level=2&next="},
	} {
		b := p.browser()
		if row.login != "" {
			b.get(row.login)
		}
		s.store.Advance(row.pass)
		what := fmt.Sprintf("%q, %v later, %s", row.login, row.pass, row.path)
		asked := row.path + "?tab=2&q=a+b"
		person := b.get(asked)
		program := b.get(asked, "Accept", "application/json")
		if row.needs == "" {
			want(s, what+": a person", person.body, "hello ada")
			want(s, what+": a program", program.body, "hello ada")
			continue
		}
		want(s, what+": status", person.status, http.StatusSeeOther)
		want(s, what+": location", person.header.Get("Location"), row.to+url.QueryEscape(asked))
		want(s, what+": cookie", person.cookies(), "")
		want(s, what+": Cache-Control", person.header.Get("Cache-Control"), "no-store")
		needs(s, what, program, http.StatusUnauthorized, row.needs)
	}
}

func confirmedAndBack(s *stage) {
	b := s.start(setup{routes: clockRoutes()}).browser()
	b.get("/enter?user=ada")
	b.get("/set?key=cart&value=3")
	const asked = guardedPath + "/level?tab=2"
	s.store.Advance(20 * time.Minute)
	to := b.get(asked).header.Get("Location")
	want(s, "location", to, "/confirm?level=2&next="+url.QueryEscape(asked))
	old := b.line()
	r := b.get(to)
	want(s, "back: status", r.status, http.StatusSeeOther)
	want(s, "back: location", r.header.Get("Location"), asked)
	want(s, "cookie", masked(r.cookies()), forms[0].set)
	want(s, "the old id", b.bearing(old).get("/user").body, "")
	want(s, "the page", b.get(r.header.Get("Location")).body, "hello ada")
	want(s, "a page for fresh logins", b.get(guardedPath+"/fresh").body, "hello ada")
	want(s, "the data", b.get("/get?key=cart").body, "3")
	want(s, "a guest: status", b.process.browser().get("/confirm?level=2").status, http.StatusInternalServerError)
}

const rememberedLine = "__Host-session=I.M; Path=/; Max-Age=1209600; HttpOnly; Secure; SameSite=Lax"

func remembered(s *stage) {
	b := s.start(setup{routes: clockRoutes()}).browser()
	want(s, "cookie", masked(b.get("/enter?user=ada&remember=on").cookies()), rememberedLine)
	first := b.line()
	want(s, "a request later", b.get("/user").cookies(), "")
	s.store.Advance(48 * time.Hour)
	want(s, "two days later", masked(b.get("/user").cookies()), rememberedLine)
	want(s, "the same cookie", b.line(), first)
	want(s, "a request later", b.get("/user").cookies(), "")
	s.store.Advance(48 * time.Hour)
	want(s, "two days later, a page", masked(b.get("/visit").cookies()), rememberedLine)
	want(s, "a new id", masked(b.get("/renew").cookies()), rememberedLine)
	want(s, "a confirmation", masked(b.get("/confirm?level=1").cookies()), rememberedLine)
	want(s, "a login that is not remembered", masked(b.get("/login?user=ada").cookies()), forms[0].set)
	b.get("/enter?user=ada&remember=on")
	want(s, "a logout", b.get("/logout").cookies(), forms[0].deleted)
}

// proxied sets what a proxy and several sites need.
func proxied(r adapter.Request, c core.Cookie) core.Cookie {
	c.InsecureCookie = r.Header("X-Forwarded-Proto") != "https"
	if c.Domain = r.Header("X-Site"); c.Domain == "panic" {
		panic("as the scenario wants it")
	}
	return c
}

func cookieForRequest(s *stage) {
	p := s.start(setup{routes: clockRoutes(), options: core.Options{
		Cookie: core.Cookie{Name: "session", InsecureCookie: true}, CookieFor: proxied,
	}})
	for _, row := range []struct{ proto, site, domain, secure string }{
		{"http", "", "", ""}, {"https", "", "", "; Secure"},
		{"https", "a.example", "; Domain=a.example", "; Secure"}, {"http", "b.example", "; Domain=b.example", ""},
	} {
		header := []string{"Accept", "text/html", "X-Forwarded-Proto", row.proto, "X-Site", row.site}
		r := p.browser().get("/enter?user=ada", header...)
		want(s, row.proto+" "+row.site, masked(r.cookies()),
			"session=I.M; Path=/"+row.domain+"; HttpOnly"+row.secure+"; SameSite=Lax")
		r = p.bearing(r.pairs()).get("/logout", header...)
		want(s, row.proto+" "+row.site+": logout", r.cookies(), "session=; Path=/"+row.domain+
			"; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly"+row.secure+"; SameSite=Lax")
	}
}

func noCookieForRequest(s *stage) {
	p := s.start(setup{routes: clockRoutes(), options: core.Options{
		Cookie: core.Cookie{Name: "session", InsecureCookie: true}, CookieFor: proxied,
	}})
	for _, site := range []string{"panic", "a b", "a.example:8080"} {
		for _, accept := range []string{"text/html", "*/*"} {
			r := p.browser().get("/enter?user=ada", "Accept", accept, "X-Site", site)
			want(s, site+" "+accept+": status", r.status, http.StatusInternalServerError)
			want(s, site+" "+accept+": cookie", r.cookies(), "")
			if site == "panic" {
				want(s, "stored sessions", s.store.Len(), 0)
			}
		}
	}
}

// labels returns what the store keeps about the user's logins, in the order of
// the words.
func labels(s *stage, user string) string {
	page, err := s.store.List(s.ctx, store.Owner{User: user}, store.Query{})
	want(s, "list", err, nil)
	var all []string
	for _, l := range page.Sessions {
		all = append(all, l.About)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func deviceLabel(s *stage) {
	p := s.start(setup{routes: clockRoutes()})
	const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
	for i, row := range []struct{ agent, device, want string }{
		{firefox, "", "1 Firefox on Windows"},
		{firefox, "Ada's", "1 Ada's"},
		{"shop/3.1 (Android 15)", "", "1 shop/3.1"},
	} {
		user := fmt.Sprint("user-", i)
		b := p.browser()
		b.get("/enter?user="+user+"&device="+url.QueryEscape(row.device), "Accept", "*/*", "User-Agent", row.agent)
		want(s, "the label", labels(s, user), row.want)
		b.get("/confirm?level=2", "Accept", "*/*", "User-Agent", "another")
		want(s, "the label after a confirmation", labels(s, user), "2a"+row.want[1:])
	}
}

// borrowedLabels has many requests on the connections of a few browsers, which
// write over the buffers that a framework uses again.
func borrowedLabels(s *stage) {
	const users, rounds = 8, 8
	events := make(chan core.Event, 10*users*rounds)
	p := s.start(setup{routes: clockRoutes(), options: core.Options{
		OnEvent: func(_ context.Context, e core.Event) { events <- e },
	}})
	together(users, func(i int) {
		b, name := p.browser(), fmt.Sprintf("user-%d", i)
		path := fmt.Sprintf("/enter?user=%s&issuer=issuer-%d&sid=sid-%d", name, i, i)
		b.get(path, "Accept", "*/*", "User-Agent", fmt.Sprintf("agent-%d/1.0 x", i))
		for n := range rounds {
			b.get(fmt.Sprintf("/alone?filler=%s", strings.Repeat("z", 10*n)), "Accept", "*/*", "User-Agent", strings.Repeat("z", 30))
			want(s, name+": label", labels(s, name), fmt.Sprintf("1 agent-%d/1.0", i))
		}
		external := store.Owner{External: fmt.Sprintf("issuer-%d\nsid-%d", i, i)}
		page, err := s.store.List(s.ctx, external, store.Query{})
		want(s, name+": sessions by the external id", len(page.Sessions), 1)
		want(s, name+": error", err, nil)
	})
	created := map[string]int{}
	for range len(events) {
		if e := <-events; e.Kind == core.EventCreated {
			created[e.User]++
		}
	}
	for i := range users {
		want(s, "events of a login", created[fmt.Sprintf("user-%d", i)], 1)
	}
}

func tooManySessions(s *stage) {
	p := s.start(setup{
		routes:    clockRoutes(),
		options:   core.Options{MaxSessions: 1, AtLimit: core.RefuseLogin},
		errorPage: func(status int) string { return fmt.Sprint("page ", status) },
	})
	in := p.browser()
	in.get("/login?user=ada")
	s.store.Advance(time.Minute)
	for _, before := range []string{"", "/visit", "/login?user=bob"} {
		b := p.browser()
		if before != "" {
			b.get(before)
		}
		r := b.get("/login?user=ada")
		want(s, "a person: status", r.status, http.StatusConflict)
		want(s, "a person: page", r.body, "page 409")
		want(s, "a person: cookie", r.cookies(), "")
		want(s, "a person: Retry-After", r.header.Get("Retry-After"), "")
		isJSON(s, "a program", b.get("/login?user=ada", "Accept", "application/json"), http.StatusConflict)
		want(s, "stored sessions", s.store.Len(), 1)
	}
	want(s, "who is in", in.get("/user").body, "ada")
}
