package adaptertest

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/ringsession/ringsession/core"
)

var cookieScenarios = []scenario{
	{"cookie lines", "Set-Cookie lines are right to the byte, those that delete included", cookieLines}, // R7, R8, R9
	{"browser keeps it", "a browser keeps the cookie in every form and brings it back", browserKeepsIt}, // R7
	{"sent once", "the cookie is sent only when it changes", sentOnce},
	{"no user data", "the cookie is an id and its signature, and grows with nothing that is stored", noUserData}, // R10, R12
	{"deleted on logout", "a logout takes the cookie out of the browser", deletedOnLogout},
	{"handler's cookies", "cookies that the handler sets itself go out beside ours", handlersCookies},
}

// forms are the cookies that options can ask for. I and M stand for the id and
// its signature.
var forms = []struct {
	name         string
	cookie       core.Cookie
	set, deleted string
}{
	{
		"default", core.Cookie{},
		"__Host-session=I.M; Path=/; HttpOnly; Secure; SameSite=Lax",
		"__Host-session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
	},
	{
		"two cookies", core.Cookie{Name: "session_id", MACName: "verification"},
		"session_id=I; Path=/; HttpOnly; Secure; SameSite=Lax\nverification=M; Path=/; HttpOnly; Secure; SameSite=Lax",
		"session_id=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax\n" +
			"verification=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
	},
	{
		"insecure", core.Cookie{InsecureCookie: true},
		"session=I.M; Path=/; HttpOnly; SameSite=Lax",
		"session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax",
	},
	{
		"persistent", core.Cookie{Persistent: true},
		"__Host-session=I.M; Path=/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax",
		"__Host-session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
	},
	{
		"domain", core.Cookie{Domain: ".app.example"},
		"__Secure-session=I.M; Path=/; Domain=app.example; HttpOnly; Secure; SameSite=Lax",
		"__Secure-session=; Path=/; Domain=app.example; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
	},
	{
		"path", core.Cookie{Path: "/app"},
		"__Secure-session=I.M; Path=/app; HttpOnly; Secure; SameSite=Lax",
		"__Secure-session=; Path=/app; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
	},
	{
		"strict", core.Cookie{SameSite: http.SameSiteStrictMode},
		"__Host-session=I.M; Path=/; HttpOnly; Secure; SameSite=Strict",
		"__Host-session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict",
	},
	{
		"embedded", core.Cookie{SameSite: http.SameSiteNoneMode, Partitioned: true},
		"__Host-session=I.M; Path=/; HttpOnly; Secure; SameSite=None; Partitioned",
		"__Host-session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=None; Partitioned",
	},
}

var (
	idPattern  = regexp.MustCompile(`=[A-Za-z0-9_-]{44}([.;])`)
	macPattern = regexp.MustCompile(`([=.])[A-Za-z0-9_-]{43}(;)`)
)

// masked returns Set-Cookie lines with I for ids and M for signatures.
func masked(lines string) string {
	return macPattern.ReplaceAllString(idPattern.ReplaceAllString(lines, "=I$1"), "${1}M$2")
}

func cookieLines(s *stage) {
	for _, form := range forms {
		p := s.start(setup{options: core.Options{Cookie: form.cookie}})
		login := p.browser().get("/login?user=ada")
		want(s, form.name, masked(login.cookies()), form.set)
		want(s, form.name+", deleting", p.bearing(login.pairs()).get("/logout").cookies(), form.deleted)
	}
}

func browserKeepsIt(s *stage) {
	for _, form := range forms {
		if form.cookie.Path != "" {
			continue // The standard routes are at the root.
		}
		b := s.start(setup{options: core.Options{Cookie: form.cookie}}).browser()
		b.get("/login?user=ada")
		want(s, form.name+": user", b.get("/user").body, "ada")
		b.get("/logout")
		want(s, form.name+": cookie after the logout", b.line(), "")
	}
}

func sentOnce(s *stage) {
	b := s.start(setup{}).browser()
	want(s, "the first change: has a cookie", b.get("/visit").cookies() != "", true)
	for _, path := range []string{"/visit", "/set?key=a&value=1", "/get?key=a", "/pop?key=a", "/clear", "/alone"} {
		want(s, path+": cookie", b.get(path).cookies(), "")
	}
}

func noUserData(s *stage) {
	b := s.start(setup{}).browser()
	first := b.get("/visit").cookies()
	b.get("/set?key=secretkey&value=secretvalue" + strings.Repeat("x", 2000))
	second := b.get("/login?user=secretuser").cookies()
	want(s, "length of the line", len(second), len(first))
	want(s, "tells of the session", strings.Contains(second, "secret"), false)
}

func deletedOnLogout(s *stage) {
	p := s.start(setup{})
	b := p.browser()
	b.get("/login?user=ada")
	b.get("/logout")
	want(s, "cookie in the browser", b.line(), "")
	want(s, "a stranger's logout: cookie", p.browser().get("/logout").cookies(), "")
	forged := p.bearing("__Host-session=forged").get("/logout").cookies()
	want(s, "logout with a bad cookie deletes it", strings.HasPrefix(forged, "__Host-session=; "), true)
}

func handlersCookies(s *stage) {
	b := s.start(setup{routes: []Route{get("/theme", func(x Exchange) error {
		x.AddHeader("Set-Cookie", handlersCookie+"dark")
		visits.Set(x.Session(), 1)
		x.AddHeader("Set-Cookie", handlersCookie+"blue")
		return x.Text(http.StatusOK, "ok")
	})}}).browser()
	want(s, "cookies", masked(b.get("/theme").cookies()),
		"theme=dark\ntheme=blue\n__Host-session=I.M; Path=/; HttpOnly; Secure; SameSite=Lax")
}
