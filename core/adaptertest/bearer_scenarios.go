package adaptertest

import (
	"net/http"
	"strings"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// Programs that send the token as Authorization: Bearer (RFC 6750).
var bearerScenarios = []scenario{
	{"bearer token", "a program gets its token at the login, and is known by it, without a cookie, in every form of the cookie", bearerToken},
	{"bearer renewed", "a program gets every new token in a header; the old one is dead, and a logout ends it", bearerRenewed}, // P8
	{"bearer forged", "a token that does not verify costs no call to the store", bearerForged},                                 // P3
	{"bearer and cookie", "a request with a bearer token is judged by it alone, good or bad: its cookie is not looked at", bearerAndCookie},
	{"bearer headers", "the scheme has no case; the first Authorization header counts; another scheme leaves the cookie alone", bearerHeaders},
	{"bearer refused", "a guard answers programs with 401, the JSON body and a challenge, never with a redirect", bearerRefused},
	{"bearer and origins", "a bearer token needs no check of the origin, a cookie does, and without the option both do", bearerOrigins},   // R46
	{"bearer, no save", "a token is given out when its session is stored, or else the answer is a 503 without one", bearerNoSave},         // P5
	{"bearer and caches", "what depends on the session varies on Authorization, and a response with a token is not stored", bearerCaches}, // R15
}

// takesTokens starts a process that takes bearer tokens.
func (s *stage) takesTokens(o core.Options, routes ...Route) *process {
	s.Helper()
	o.Bearer = true
	return s.start(setup{options: o, routes: append(routes, get("/token", func(x Exchange) error {
		if user := x.Query("user"); user != "" {
			x.Session().Login(user)
		}
		token, err := x.Session().Token(x.Context())
		if err != nil {
			return x.Text(core.HTTPStatus(err), core.ErrorText(core.HTTPStatus(err)))
		}
		x.SetHeader("Cache-Control", "public, max-age=60")
		want(s, "length of the token", len(token), idLen+1+43)
		return x.Text(http.StatusOK, "ok")
	}))})
}

// token logs the user in and returns the token.
func (p *process) token(user string) string {
	p.Helper()
	r := p.bearing().get("/token?user=" + user)
	want(p.stage, "login: status", r.status, http.StatusOK)
	want(p.stage, "login: cookie", r.cookies(), "")
	return r.header.Get(adapter.TokenHeader)
}

// as asks as a program with the Authorization header.
func (b *browser) as(path, authorization string, more ...string) *reply {
	b.Helper()
	return b.get(path, append([]string{"Accept", "*/*", "Authorization", authorization}, more...)...)
}

func bearerToken(s *stage) {
	for _, form := range forms {
		p := s.takesTokens(core.Options{Cookie: form.cookie})
		token := p.token("ada")
		s.store.take()
		for _, row := range []struct{ path, body, calls string }{
			{"/user", "ada", "load"}, {"/visit", "1", "load, save"}, {guardedPath, "hello ada", "load"},
			{"/token", "ok", "load"}, {"/alone", "alone", ""},
		} {
			r := p.bearing().as(row.path, "Bearer "+token)
			want(s, form.name+" "+row.path+": status", r.status, http.StatusOK)
			want(s, form.name+" "+row.path+": body", r.body, row.body)
			want(s, form.name+" "+row.path+": calls", s.store.take(), row.calls)
			want(s, form.name+" "+row.path+": cookie", r.cookies(), "")
			want(s, form.name+" "+row.path+": a token that it knows", r.header.Get(adapter.TokenHeader), "")
		}
	}
}

func bearerRenewed(s *stage) {
	p := s.takesTokens(core.Options{})
	b, token := p.bearing(), p.token("ada")
	for _, row := range []struct{ path, user string }{
		{"/renew", "ada"}, {"/login?user=ada", "ada"}, {"/login?user=bob", "bob"}, {"/token?user=bob", "bob"},
	} {
		r := b.as(row.path, "Bearer "+token)
		want(s, row.path+": cookie", r.cookies(), "")
		want(s, row.path+": the former token", b.as("/user", "Bearer "+token).body, "")
		token = r.header.Get(adapter.TokenHeader)
		want(s, row.path+": the new one", b.as("/user", "Bearer "+token).body, row.user)
	}
	r := b.as("/logout", "Bearer "+token)
	want(s, "logout: status", r.status, http.StatusOK)
	want(s, "logout: cookie", r.cookies(), "")
	want(s, "logout: token", r.header.Get(adapter.TokenHeader), "")
	isJSON(s, "after it", b.as(guardedPath, "Bearer "+token), http.StatusUnauthorized)
	want(s, "stored sessions", s.store.Len(), 0)
}

func bearerForged(s *stage) {
	p := s.takesTokens(core.Options{})
	b, token := p.bearing(), p.token("ada")
	flipped := "A" + token[1:]
	if flipped == token {
		flipped = "B" + token[1:]
	}
	s.store.take()
	for _, forged := range []string{
		"", "x", flipped, token[:len(token)-1], token + "x", token + "=", token + ", Bearer " + token, token + " " + token,
		"session=" + token, tokenName + token, `"` + token + `"`, strings.Repeat("A", len(token)), strings.Repeat("A", 30_000),
	} {
		isJSON(s, forged, b.as(guardedPath, "Bearer "+forged), http.StatusUnauthorized)
		want(s, "calls", s.store.take(), "")
	}
}

func bearerAndCookie(s *stage) {
	p := s.takesTokens(core.Options{})
	browser, token := p.browser(), p.token("ada")
	browser.get("/login?user=eve")
	cookie := browser.line()
	both := p.bearing(cookie)
	want(s, "both: user", both.as("/user", "Bearer "+token).body, "ada")
	s.store.take()
	for _, bad := range []string{"", "forged"} {
		isJSON(s, "a bad token", both.as(guardedPath, "Bearer "+bad), http.StatusUnauthorized)
		want(s, "a bad token: calls", s.store.take(), "")
	}
	r := both.as("/logout", "Bearer "+token)
	want(s, "logout: cookie", r.cookies(), "")
	want(s, "logout: the cookie's user stays", browser.get("/user").body, "eve")
	want(s, "logout: the token's user", both.as("/user", "Bearer "+token).body, "")

	r = browser.get("/token")
	want(s, "the token of a cookie's session: status", r.status, http.StatusInternalServerError)
	want(s, "the token of a cookie's session", r.header.Get(adapter.TokenHeader), "")
	r = browser.get("/token?user=eve")
	want(s, "after a login there: cookie", r.cookies(), "")
	want(s, "after a login there: user", both.as("/user", "Bearer "+r.header.Get(adapter.TokenHeader)).body, "eve")
	want(s, "after a login there: the cookie's user", browser.get("/user").body, "")
}

func bearerHeaders(s *stage) {
	p := s.takesTokens(core.Options{})
	token := p.token("ada")
	browser := p.browser()
	browser.get("/login?user=eve")
	b := p.bearing(browser.line())
	for _, row := range []struct{ name, first, second, user string }{
		{"lower case", "bearer " + token, "", "ada"},
		{"upper case", "BEARER " + token, "", "ada"},
		{"three spaces", "Bearer   " + token, "", "ada"},
		{"a token and Basic", "Bearer " + token, "Basic eDp5", "ada"},
		{"two tokens, the first forged", "Bearer forged", "Bearer " + token, ""},
		{"two tokens, the second forged", "Bearer " + token, "Bearer forged", "ada"},
		{"Basic", "Basic eDp5", "", "eve"},
		{"Basic and a token", "Basic eDp5", "Bearer " + token, "eve"},
		{"no scheme", token, "", "eve"},
		{"no space", "Bearer" + token, "", "eve"},
		{"a tab", "Bearer\t" + token, "", "eve"},
	} {
		more := []string{"Authorization", row.second}
		if row.second == "" {
			more = nil
		}
		want(s, row.name, b.as("/user", row.first, more...).body, row.user)
	}
}

func bearerRefused(s *stage) {
	fresh := get(guardedPath+"/strong", use(greet))
	fresh.Guard = &core.Guard{Level: 2, ConfirmURL: "/confirm"}
	p := s.takesTokens(core.Options{}, fresh)
	token := p.token("ada")
	const challenge = `Bearer realm="session"`
	for _, accept := range []string{"*/*", "text/html"} { // which no program that wants JSON asks for
		for _, row := range []struct{ name, path, authorization, want string }{
			{"no token", guardedPath + "/bare", "", challenge},
			{"forged", guardedPath, "Bearer forged", challenge + `, error="invalid_token"`},
			{"too weak", guardedPath + "/strong", "Bearer " + token, challenge + `, error="insufficient_user_authentication"`},
		} {
			r := p.bearing().get(row.path, "Accept", accept, "Authorization", row.authorization)
			want(s, row.name+" "+accept+": status", r.status, http.StatusUnauthorized)
			want(s, row.name+" "+accept+": challenge", strings.Join(r.header["Www-Authenticate"], "|"), row.want)
			want(s, row.name+" "+accept+": location", r.header.Get("Location"), "")
		}
	}
	people := p.browser().get(guardedPath)
	want(s, "people: status", people.status, http.StatusSeeOther)
	want(s, "people: challenge", people.header.Get("Www-Authenticate"), "")
	needs(s, "too weak", p.bearing().as(guardedPath+"/strong", "Bearer "+token), http.StatusUnauthorized, adapter.NeedLevel)
	s.store.Advance(idle)
	r := p.bearing().as(guardedPath, "Bearer "+token)
	isJSON(s, "expired", r, http.StatusUnauthorized)
	want(s, "expired: challenge", r.header.Get("Www-Authenticate"), challenge+`, error="invalid_token"`)
	cookies := s.start(setup{}).browser()
	want(s, "without the option: challenge", cookies.get(guardedPath+"/bare").header.Get("Www-Authenticate"), "")
}

func bearerOrigins(s *stage) {
	p, cookies := s.takesTokens(core.Options{}), s.start(setup{})
	token, line := p.token("ada"), loggedIn(p)
	for _, row := range []struct {
		name          string
		p             *process
		authorization string
		status        int
		body          string
	}{
		{"a token", p, "Bearer " + token, 200, "ada"},
		{"a bad token", p, "Bearer forged", 200, ""},
		{"a cookie", p, "", 403, ""},
		{"a cookie and Basic", p, "Basic eDp5", 403, ""},
		{"without the option", cookies, "Bearer " + token, 403, ""},
	} {
		b := row.p.bearing(line)
		r := b.ask(b.request(s.ctx, http.MethodPost, "/user", "a=b", "Accept", "*/*",
			"Authorization", row.authorization, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"))
		want(s, row.name+": status", r.status, row.status)
		if row.status == http.StatusOK {
			want(s, row.name+": user", r.body, row.body)
		}
	}
}

func bearerNoSave(s *stage) {
	p := s.takesTokens(core.Options{})
	b := p.bearing()
	for _, op := range []string{"new place", "create"} {
		s.store.fail(errOutage, op)
		r := b.get("/token?user=ada")
		want(s, op+": status", r.status, http.StatusServiceUnavailable)
		want(s, op+": token", r.header.Get(adapter.TokenHeader), "")
		s.store.heal()
	}
	want(s, "stored sessions", s.store.Len(), 0)
	token := p.token("ada")
	s.store.fail(errOutage, "renew", "load", "destroy")
	for _, path := range []string{"/renew", "/user", guardedPath, "/logout"} {
		r := b.as(path, "Bearer "+token)
		isJSON(s, path, r, http.StatusServiceUnavailable)
		want(s, path+": token", r.header.Get(adapter.TokenHeader), "")
		want(s, path+": challenge", r.header.Get("Www-Authenticate"), "")
	}
	s.store.heal()
	want(s, "when the store is back", b.as("/user", "Bearer "+token).body, "ada")
}

func bearerCaches(s *stage) {
	p := s.takesTokens(core.Options{})
	token := p.token("ada")
	for _, row := range []struct{ path, authorization, vary, control string }{
		{"/alone", "Bearer " + token, "", ""},
		{"/user", "Bearer " + token, "Cookie, Authorization", ""},
		{"/user", "", "Cookie, Authorization", ""},
		{"/token", "Bearer " + token, "Cookie, Authorization", "no-store"},
		{"/renew", "Bearer " + token, "Cookie, Authorization", "no-store"},
	} {
		r := p.bearing().as(row.path, row.authorization)
		want(s, row.path+": Vary", strings.Join(r.header["Vary"], ", "), row.vary)
		want(s, row.path+": Cache-Control", r.header.Get("Cache-Control"), row.control)
	}
}
