package examples_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/internal/redistest"
)

// devices returns what /devices says to programs.
func (v *visitor) devices(base string) (list []site.Device, missing string) {
	v.t.Helper()
	a := v.ask(http.MethodGet, base+"/devices", nil, "Accept", "application/json")
	v.want(a, http.StatusOK)
	if err := json.Unmarshal([]byte(a.body), &list); err != nil {
		v.t.Fatalf("%v in %q", err, a.body)
	}
	return list, a.Header.Get("Missing-Shards")
}

// place returns where the visitor's own session is.
func (v *visitor) place(base string) string {
	v.t.Helper()
	list, _ := v.devices(base)
	i := slices.IndexFunc(list, func(d site.Device) bool { return d.Current })
	if i < 0 {
		v.t.Fatalf("none of the sessions %+v is the current one", list)
	}
	return list[i].Place
}

// R40: what users do with their sessions, and what nobody does with somebody else's.
func TestDevices(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			base := serve(t, p, site.Config{})
			for _, tt := range []struct {
				sentence string
				use      func(t *testing.T, base string)
			}{
				{"are a list of objects for programs", listForPrograms},
				{"are a list with buttons for people", listForPeople},
				{"end one by one", endOne},
				{"end with this one too", endThis},
				{"end all but this one", endOthers},
				{"are nobody else's to end", endNobodyElses},
				{"end all by the admin", endByAdmin},
			} {
				t.Run(tt.sentence, func(t *testing.T) { tt.use(t, base) })
			}
		})
	}
}

// signedInAs returns a visitor who has signed in.
func signedInAs(t *testing.T, base, user string) *visitor {
	t.Helper()
	v := newVisitor(t)
	v.signIn(base, user)
	return v
}

func listForPrograms(t *testing.T, base string) {
	phone := newVisitor(t)
	phone.want(phone.ask(http.MethodPost, base+"/login", credentials("list", site.Password, ""),
		"User-Agent", "Mozilla/5.0 (iPhone) Safari/604.1"), http.StatusSeeOther)
	v := signedInAs(t, base, "list")
	a := v.ask(http.MethodGet, base+"/devices", nil, "Accept", "application/json")
	v.want(a, http.StatusOK)
	object := func(device, current string) string {
		return `\{"place":"[A-Za-z0-9_-]{12}","device":"` + device + `","created":"` + moment + `","last_used":"` + moment +
			`","shard":"[abc]","current":` + current + `\}`
	}
	mine, other := object("Go-http-client/1.1", "true"), object("Safari on iPhone", "false")
	// The one that ends last comes first.
	want := regexp.MustCompile(`^\[(` + mine + `,` + other + `|` + other + `,` + mine + `)\]\n?$`)
	if !want.MatchString(a.body) {
		t.Errorf("got %s, want %v", a.body, want)
	}
	header := a.Header
	if kind, _, _ := strings.Cut(header.Get("Content-Type"), ";"); kind != "application/json" ||
		header.Get("Cache-Control") != "no-store" || !strings.Contains(strings.Join(header["Vary"], ","), "Accept") {
		t.Errorf("got the header %v", header)
	}
}

func listForPeople(t *testing.T, base string) {
	signedInAs(t, base, "<people>")
	v := signedInAs(t, base, "<people>")
	body := v.get(base + "/devices").body
	list, _ := v.devices(base)
	for _, d := range list {
		for _, part := range []string{
			`name="place" value="` + d.Place + `"`, "<code>" + d.Place + "</code>", "<dd>shard " + d.Shard + "</dd>", d.Device, "<dd>just now</dd>",
		} {
			if !strings.Contains(body, part) {
				t.Errorf("the page lacks %q:\n%s", part, body)
			}
		}
	}
	if n := strings.Count(body, "(this one)"); len(list) != 2 || n != 1 {
		t.Errorf("%d of %d sessions are this one, want 1 of 2", n, len(list))
	}
	if strings.Contains(body, "/admin/end") {
		t.Errorf("the page offers what is for the admin:\n%s", body)
	}
}

// end ends the session at the place, and returns the list that the visitor sees then.
func (v *visitor) end(base, place string) string {
	v.t.Helper()
	v.want(v.ask(http.MethodPost, base+"/devices/end", url.Values{"place": {place}}), http.StatusSeeOther)
	return v.get(base + "/devices").body
}

func (v *visitor) wantNews(body, news string) {
	v.t.Helper()
	if !strings.Contains(body, `<p role="status">`+news) {
		v.t.Errorf("the page does not tell %q:\n%s", news, body)
	}
}

func endOne(t *testing.T, base string) {
	one, other, v := signedInAs(t, base, "one"), signedInAs(t, base, "one"), signedInAs(t, base, "one")
	v.wantNews(v.end(base, one.place(base)), "Ended 1 session.")
	one.want(one.get(base+"/whoami"), http.StatusUnauthorized)
	other.whoami(base)
	v.whoami(base)
}

func endThis(t *testing.T, base string) {
	other, v := signedInAs(t, base, "this"), signedInAs(t, base, "this")
	a := v.ask(http.MethodPost, base+"/devices/end", url.Values{"place": {v.place(base)}})
	v.want(a, http.StatusSeeOther)
	if left := v.client.Jar.Cookies(a.Request.URL); len(left) > 0 {
		t.Errorf("the browser keeps %v", left)
	}
	v.want(v.get(base+"/whoami"), http.StatusUnauthorized)
	other.whoami(base)
}

func endOthers(t *testing.T, base string) {
	others, stranger := []*visitor{signedInAs(t, base, "others"), signedInAs(t, base, "others")}, signedInAs(t, base, "stranger")
	v := signedInAs(t, base, "others")
	v.want(v.ask(http.MethodPost, base+"/devices/end-others", nil), http.StatusSeeOther)
	v.wantNews(v.get(base+"/devices").body, "Ended 2 sessions.")
	for _, other := range others {
		other.want(other.get(base+"/whoami"), http.StatusUnauthorized)
	}
	stranger.whoami(base)
	if list, _ := v.devices(base); len(list) != 1 || !list[0].Current {
		t.Errorf("left are %+v, want this session alone", list)
	}
}

func endNobodyElses(t *testing.T, base string) {
	victim, v := signedInAs(t, base, "victim"), signedInAs(t, base, "eve")
	for _, place := range []string{victim.place(base), "", "x", strings.Repeat("-", 12), strings.Repeat("a", 5000)} {
		v.ask(http.MethodPost, base+"/devices/end", url.Values{"place": {place}})
	}
	v.wantNews(v.end(base, victim.place(base)), "Ended no session.")
	v.want(v.ask(http.MethodPost, base+"/admin/end", url.Values{"user": {"victim"}}), http.StatusForbidden)
	victim.whoami(base)
	v.whoami(base)
}

func endByAdmin(t *testing.T, base string) {
	one, other, stranger := signedInAs(t, base, "bob"), signedInAs(t, base, "bob"), signedInAs(t, base, "stranger")
	admin := signedInAs(t, base, "admin")
	admin.want(admin.ask(http.MethodPost, base+"/admin/end", url.Values{"user": {"bob"}}), http.StatusSeeOther)
	body := admin.get(base + "/devices").body
	admin.wantNews(body, "Ended 2 sessions of bob.")
	if !strings.Contains(body, `action="/admin/end"`) {
		t.Errorf("the page offers nothing to the admin:\n%s", body)
	}
	for _, v := range []*visitor{one, other} {
		v.want(v.get(base+"/whoami"), http.StatusUnauthorized)
	}
	stranger.whoami(base)
	admin.want(admin.ask(http.MethodPost, base+"/admin/end", url.Values{"user": {""}}), http.StatusSeeOther)
	admin.wantNews(admin.get(base+"/devices").body, "Please enter a name.")
	admin.want(admin.ask(http.MethodPost, base+"/admin/end", url.Values{"user": {"admin"}}), http.StatusSeeOther)
	admin.want(admin.get(base+"/whoami"), http.StatusUnauthorized)
}

// R40, P11: while a shard is away, the list says so and has the others, and an order waits. It is carried out within two
// seconds of the return.
func TestDevicesOnAShardThatDoesNotAnswer(t *testing.T) {
	servers, list := startShards(t)
	type pair struct{ here, away *visitor }
	pairs := make(map[string]pair)
	for _, p := range programs {
		base := serve(t, p, site.Config{Redis: list, Secret: secret})
		pairs[base] = pair{signedInOn(t, base, p.name, "a"), signedInOn(t, base, p.name, "c")}
	}
	servers[2].Pause()
	for base, p := range pairs {
		devices, missing := p.here.devices(base)
		if len(devices) != 1 || !devices[0].Current || missing != "c" {
			t.Errorf("%s lists %+v and lacks the shards %q; want the current one and shard c", base, devices, missing)
		}
		if body := p.here.get(base + "/devices").body; !strings.Contains(body, "Shard c does not answer: sessions there are not listed.") {
			t.Errorf("the page does not tell it:\n%s", body)
		}
		p.here.want(p.here.ask(http.MethodPost, base+"/devices/end-others", nil), http.StatusSeeOther)
		p.here.wantNews(p.here.get(base+"/devices").body, "Ended no session. Shard c does not answer. The order waits, and ends the sessions there when it can.")
	}
	servers[2].Resume()
	time.Sleep(2 * time.Second)
	for base, p := range pairs {
		p.away.want(p.away.get(base+"/whoami"), http.StatusUnauthorized)
		if devices, missing := p.here.devices(base); len(devices) != 1 || missing != "" {
			t.Errorf("%s lists %+v and lacks the shards %q after the return", base, devices, missing)
		}
	}
}

// signedInOn returns a visitor whose session is on the shard.
func signedInOn(t *testing.T, base, user, shard string) *visitor {
	for {
		v := signedInAs(t, base, user)
		if v.whoami(base).Shard == shard {
			return v
		}
		v.want(v.ask(http.MethodPost, base+"/logout", nil), http.StatusSeeOther)
	}
}

// R42: who signed in too long ago enters the password again, gets a new id, and comes back.
func TestAVaultWantsAFreshLogin(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			base := serve(t, p, site.Config{Redis: server.URL() + "?name=a", Secret: secret, Fresh: 10 * time.Minute})
			v := signedInAs(t, base, "ada")
			v.want(v.ask(http.MethodPost, base+"/note", url.Values{"note": {"milk"}}), http.StatusSeeOther)
			server.Advance(t, 9*time.Minute)
			v.want(v.get(base+"/vault"), http.StatusOK)
			server.Advance(t, 2*time.Minute)
			before, token := v.whoami(base), v.token(base)
			a := v.get(base + "/vault")
			v.want(a, http.StatusSeeOther)
			if got, want := a.Header.Get("Location"), "/confirm?next=%2Fvault"; got != want {
				t.Fatalf("the vault leads to %q, want %q", got, want)
			}
			a = v.ask(http.MethodGet, base+"/vault", nil, "Accept", "*/*")
			if v.want(a, http.StatusUnauthorized); !strings.Contains(a.body, `"needs":"fresh"`) {
				t.Errorf("a program is told %s", a.body)
			}
			v.want(v.ask(http.MethodPost, base+"/confirm", credentials("", "wrong", "/vault")), http.StatusUnauthorized)
			v.want(v.get(base+"/vault"), http.StatusSeeOther)
			v.want(v.ask(http.MethodPost, base+"/confirm", credentials("", site.Password, "/vault")), http.StatusSeeOther)
			v.want(v.get(base+"/vault"), http.StatusOK)
			after := v.whoami(base)
			if v.token(base) == token || !after.LoggedIn.After(before.LoggedIn) || !after.Deadline.After(before.Deadline) {
				t.Errorf("before the confirmation %+v, after it %+v, with the same cookie: %v", before, after, v.token(base) == token)
			}
			if body := v.home(base).body; !strings.Contains(body, "milk") {
				t.Errorf("the note is lost:\n%s", body)
			}
		})
	}
}
