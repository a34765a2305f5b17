package examples_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/examples/site"
)

// A rule is one request and what every program answers.
type rule struct {
	sentence string
	signedIn bool // as ada
	method   string
	path     string
	form     url.Values
	header   []string
	status   int
	location string
	body     string // a part
}

func rules() []rule {
	post := http.MethodPost
	login := func(sentence string, form url.Values, status int, location, body string) rule {
		return rule{sentence: sentence, method: post, path: "/login", form: form, status: status, location: location, body: body}
	}
	end := func(sentence, path string, form url.Values, location string) rule {
		return rule{sentence: sentence, signedIn: true, method: post, path: path, form: form, status: 303, location: location}
	}
	ada := func(next string) url.Values { return credentials("ada", site.Password, next) }
	return []rule{
		{sentence: "a stranger is sent to the login page", path: "/", status: 303, location: "/login?next=%2F"},
		{sentence: "the login page learns the query as well", path: "/?a=1&b=2", status: 303, location: "/login?next=%2F%3Fa%3D1%26b%3D2"},
		{sentence: "the login page tells the password", path: "/login", status: 200, body: "<code>secret</code>"},
		{sentence: "the form remembers next", path: "/login?next=/whoami", status: 200, body: `name="next" value="/whoami"`},
		{sentence: "the form escapes next", path: "/login?next=%22%3E%3Cscript%3E", status: 200, body: `value="&#34;&gt;&lt;script&gt;"`},

		login("a wrong password is refused", credentials("ada", "wrong", ""), 401, "", "Not signed in: that is not the password."),
		login("the refused name is kept", credentials("ada", "wrong", ""), 401, "", `name="name" value="ada"`),
		login("the refused next is kept", credentials("ada", "wrong", "/whoami"), 401, "", `name="next" value="/whoami"`),
		login("the refused name is escaped", credentials(`"><script>`, "wrong", ""), 401, "", `value="&#34;&gt;&lt;script&gt;"`),
		login("no name is refused", credentials("", site.Password, ""), 401, "", "please enter a name"),
		login("a long name is refused", credentials(strings.Repeat("a", 101), site.Password, ""), 401, "", "too long"),
		login("a hundred letters are a name", credentials(strings.Repeat("ä", 100), site.Password, ""), 303, "/", ""),

		login("a login leads home", ada(""), 303, "/", ""),
		login("a login leads to next", ada("/whoami?a=1"), 303, "/whoami?a=1", ""),
		login("a login leads to no other host", ada("//evil.example/"), 303, "/", ""),
		login("a login leads to no other address", ada("https://evil.example/"), 303, "/", ""),
		login("a login leads to no host behind a backslash", ada(`/\evil.example`), 303, "/", ""),

		{sentence: "a program without a login gets 401", path: "/whoami", status: 401, body: "Login required."},
		{sentence: "a link logs nobody out", signedIn: true, path: "/logout", status: 405},
		{sentence: "a logout leads to the login page", signedIn: true, method: post, path: "/logout", status: 303, location: "/login"},
		{sentence: "a logout without a login leads there too", method: post, path: "/logout", status: 303, location: "/login"},
		{sentence: "a note leads home", signedIn: true, method: post, path: "/note", form: url.Values{"note": {"milk"}}, status: 303, location: "/"},
		{sentence: "a stranger keeps no note", method: post, path: "/note", form: url.Values{"note": {"milk"}}, status: 303, location: "/login"},
		{sentence: "a renewal leads home", signedIn: true, method: post, path: "/renew", status: 303, location: "/"},
		{sentence: "a stranger renews nothing", method: post, path: "/renew", status: 303, location: "/login"},
		{sentence: "the login page has a box", path: "/login", status: 200, body: `name="remember" type="checkbox" value="on">`},
		login("the refused box stays ticked", url.Values{"name": {"ada"}, "remember": {"on"}}, 401, "", `type="checkbox" value="on" checked>`),

		{sentence: "a stranger has no devices", path: "/devices", status: 303, location: "/login?next=%2Fdevices"},
		{sentence: "a program without a login gets no list", path: "/devices", header: []string{"Accept", "application/json"}, status: 401, body: `"needs":"login"`},
		{sentence: "a stranger ends nothing", method: post, path: "/devices/end", form: url.Values{"place": {"x"}}, status: 303, location: "/login"},
		{sentence: "a stranger has no others", method: post, path: "/devices/end-others", status: 303, location: "/login"},
		{sentence: "a stranger is no admin", method: post, path: "/admin/end", form: url.Values{"user": {"ada"}}, status: 303, location: "/login"},
		{sentence: "ada is no admin", signedIn: true, method: post, path: "/admin/end", form: url.Values{"user": {"bob"}}, status: 403, body: "Only admin may do that."},
		{sentence: "a link ends nothing", signedIn: true, path: "/devices/end-others", status: 405},
		end("an end leads to the list", "/devices/end", url.Values{"place": {"nonsense"}}, "/devices"),
		end("an end without a place leads there too", "/devices/end", nil, "/devices"),
		{sentence: "an end on a shard that is not listed is 503", signedIn: true, method: post, path: "/devices/end", form: url.Values{"place": {"------------"}},
			header: []string{"Accept", "*/*"}, status: 503, body: "Sessions are unavailable for the moment."},
		end("an end leads to next", "/devices/end-others", url.Values{"next": {"/#devices"}}, "/#devices"),
		end("an end leads to no other host", "/devices/end-others", url.Values{"next": {"//evil.example/"}}, "/devices"),

		{sentence: "a stranger sees no vault", path: "/vault", status: 303, location: "/login?next=%2Fvault"},
		{sentence: "a fresh login opens the vault", signedIn: true, path: "/vault", status: 200, body: "The vault of ada"},
		{sentence: "a stranger confirms nothing", method: post, path: "/confirm", form: url.Values{"password": {site.Password}}, status: 303, location: "/login"},
		{sentence: "a stranger comes back to the confirmation", path: "/confirm?next=/vault", status: 303, location: "/login?next=%2Fconfirm%3Fnext%3D%2Fvault"},
		{sentence: "the confirmation remembers next", signedIn: true, path: "/confirm?next=/vault", status: 200, body: `name="next" value="/vault"`},
		{sentence: "a wrong password confirms nothing", signedIn: true, method: post, path: "/confirm", form: credentials("", "wrong", "/vault"),
			status: 401, body: "Not confirmed: that is not the password."},
		{sentence: "the refused confirmation keeps next", signedIn: true, method: post, path: "/confirm", form: credentials("", "wrong", "/vault"),
			status: 401, body: `name="next" value="/vault"`},
		{sentence: "a confirmation leads to next", signedIn: true, method: post, path: "/confirm", form: credentials("", site.Password, "/vault"),
			status: 303, location: "/vault"},
		{sentence: "a confirmation leads to no other host", signedIn: true, method: post, path: "/confirm",
			form: credentials("", site.Password, "//evil.example/"), status: 303, location: "/"},
		{sentence: "a login shows the home page", signedIn: true, path: "/", status: 200, body: "Hello, ada!"},
		{sentence: "an unknown page is not found", signedIn: true, path: "/nowhere", status: 404},

		{sentence: "a form of this site is accepted", method: post, path: "/login", form: ada(""),
			header: []string{"Sec-Fetch-Site", "same-origin"}, status: 303, location: "/"},
		{sentence: "a form of another site is refused", method: post, path: "/login", form: ada(""),
			header: []string{"Sec-Fetch-Site", "cross-site"}, status: 403, body: "cross-origin"},
		{sentence: "a list of another site is refused", signedIn: true, method: post, path: "/devices/end-others",
			header: []string{"Sec-Fetch-Site", "cross-site"}, status: 403, body: "cross-origin"},
		{sentence: "a form of a sister site is refused", method: post, path: "/login", form: ada(""),
			header: []string{"Sec-Fetch-Site", "same-site"}, status: 403, body: "cross-origin"},
		{sentence: "a form of another origin is refused", method: post, path: "/login", form: ada(""),
			header: []string{"Origin", "http://evil.example"}, status: 403, body: "cross-origin"},
	}
}

func TestEveryProgramAnswersAlike(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			base := serve(t, p, site.Config{})
			for _, r := range rules() {
				t.Run(r.sentence, func(t *testing.T) { obey(t, base, r) })
			}
		})
	}
}

func obey(t *testing.T, base string, r rule) {
	v := newVisitor(t)
	if r.signedIn {
		v.signIn(base, "ada")
	}
	if r.method == "" {
		r.method = http.MethodGet
	}
	a := v.ask(r.method, base+r.path, r.form, r.header...)
	v.want(a, r.status)
	if got := a.Header.Get("Location"); got != r.location {
		t.Errorf("led to %q, want %q", got, r.location)
	}
	if !strings.Contains(a.body, r.body) {
		t.Errorf("the answer lacks %q:\n%s", r.body, a.body)
	}
	if kind := a.Header.Get("Content-Type"); strings.HasPrefix(kind, "text/html") {
		mayLittle(t, a.Header)
	}
	if refused := r.status == 401 || r.status == 403; refused && len(a.Cookies()) > 0 {
		t.Errorf("the refused visitor got a cookie: %v", a.Cookies())
	}
}

// mayLittle checks that a page may load and do nothing that is not its own.
func mayLittle(t *testing.T, header http.Header) {
	t.Helper()
	policy := header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, part) || strings.Contains(policy, "unsafe") {
			t.Errorf("the policy %q lacks %s, or has what is unsafe", policy, part)
		}
	}
	if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %v", header)
	}
}
