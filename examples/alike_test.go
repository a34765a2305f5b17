package examples_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/examples/site"
)

var (
	shardName = regexp.MustCompile(`shard [abc]<`)
	signedIn  = regexp.MustCompile(`\d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC`)
	placeText = regexp.MustCompile(`(<code>|value="|hidden"> )[A-Za-z0-9_-]{12}([<"])`)
	token     = regexp.MustCompile(`^session=[^;]+`)
)

func TestPagesAreAlikeToTheByte(t *testing.T) {
	var want map[string]string
	for _, p := range frameworks {
		got := pages(t, p)
		if want == nil {
			want = got
		}
		for name, page := range want {
			lines, others := strings.Split(got[name], "\n"), strings.Split(page, "\n")
			if len(lines) != len(others) {
				t.Errorf("%s: %s has %d lines, %s has %d", name, p.name, len(lines), frameworks[0].name, len(others))
				continue
			}
			for i, line := range lines {
				if line != others[i] {
					t.Errorf("%s: %s has %q, %s has %q", name, p.name, line, frameworks[0].name, others[i])
				}
			}
		}
	}
}

// pages returns answers of the program, with the headers that browsers act upon, and without what must differ.
func pages(t *testing.T, p program) map[string]string {
	base := serve(t, p, site.Config{})
	v := newVisitor(t)
	login, logout := base+"/login", base+"/logout"
	answers := map[string]answer{
		"the redirect of a stranger": v.get(base + "/?a=1"),
		"the login page":             v.get(login + "?next=/whoami"),
		"the refusal":                v.ask(http.MethodPost, login, credentials(`a<"&'>ä`, "wrong", "/?x=ä&y")),
		"the login":                  v.ask(http.MethodPost, login, credentials("<ada>", site.Password, "/")),
		"the home page":              v.get(base + "/"),
		"the note":                   v.ask(http.MethodPost, base+"/note", url.Values{"note": {`<"&'>ä`}}),
		"the home page with a note":  v.get(base + "/"),
		"the renewal":                v.ask(http.MethodPost, base+"/renew", nil),
		"the renewed home page":      v.get(base + "/"),
		"the list of devices":        v.get(base + "/devices"),
		"the end of the others":      v.ask(http.MethodPost, base+"/devices/end-others", nil),
		"the list after that":        v.get(base + "/devices"),
		"the vault":                  v.get(base + "/vault"),
		"the confirmation":           v.get(base + "/confirm?next=/vault"),
		"the refused confirmation":   v.ask(http.MethodPost, base+"/confirm", credentials("", "wrong", "/vault")),
		"the confirmed":              v.ask(http.MethodPost, base+"/confirm", credentials("", site.Password, "/vault")),
		"the logout":                 v.ask(http.MethodPost, logout, nil),
	}
	texts := make(map[string]string)
	for name, a := range answers {
		// Echo writes charset=UTF-8, which is the same.
		text := a.Status + "\n" + strings.ToLower(a.Header.Get("Content-Type")) + "\n"
		for _, h := range []string{"Location", "Vary", "Cache-Control", "Set-Cookie", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"} {
			text += h + ": " + token.ReplaceAllString(strings.Join(a.Header.Values(h), " + "), "session=…") + "\n"
		}
		body := strings.NewReplacer("Served by "+p.name+".", "Served by ….", "<dd>"+p.name+"<", "<dd>…<", `"status">`+p.name+" ", `"status">… `).Replace(a.body)
		body = signedIn.ReplaceAllString(shardName.ReplaceAllString(body, "shard …<"), "…")
		body = placeText.ReplaceAllString(body, "$1…$2")
		texts[name] = text + "\n" + body
	}
	return texts
}
