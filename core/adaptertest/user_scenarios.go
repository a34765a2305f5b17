package adaptertest

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
)

// R40: what users do with their sessions, and an administrator with those of
// others.
var userScenarios = []scenario{
	{"list", "a list has the sessions of one user, each with place, device and times, and marks the request's own", listsSessions},
	{"end one", "who ends a session by its place has ended it for every process, and no other", endsOne},
	{"end somebody else's", "a place that is not one of the user's sessions ends nothing", endsNobodyElses},
	{"end the others", "after the end of the others the request's own session is the only one", endsOthers},
	{"end all", "after the end of all no process reads one of them, and no slow request brings one back", endsAll},
}

// startForUsers starts a process whose handlers list and end sessions. Each
// answers with the number that ended.
func (s *stage) startForUsers(routes ...Route) (p *process) {
	s.Helper()
	ends := func(end func(Exchange) (int, error)) func(Exchange) error {
		return func(x Exchange) error {
			n, err := end(x)
			if err != nil {
				return x.Text(http.StatusInternalServerError, err.Error())
			}
			return x.Text(http.StatusOK, fmt.Sprint(n))
		}
	}
	routes = append(routes, clockRoutes()...)
	p = s.start(setup{routes: append(routes,
		get("/sessions", use(func(_ *core.Session, x Exchange) string { return listed(p.manager, x) })),
		get("/end", ends(func(x Exchange) (int, error) {
			return p.manager.End(x.Context(), x.Session().User(), x.Query("place"))
		})),
		get("/end-others", ends(func(x Exchange) (int, error) { return x.Session().EndOthers(x.Context()) })),
		get("/end-all", ends(func(x Exchange) (int, error) { return p.manager.EndAll(x.Context(), x.Query("user")) })),
	)})
	return p
}

// listed returns the list of the visitor's sessions, one to a line.
func listed(m *core.Manager, x Exchange) string {
	const color core.Key[string] = "color"
	list, err := m.Of(x.Context(), x.Session().User(), string(color))
	if err != nil {
		return err.Error()
	}
	lines := make([]string, len(list))
	for i, u := range list {
		value, _ := color.In(u)
		// In minutes, because the scenario itself takes time.
		since := func(t time.Time) time.Duration { return t.Sub(u.Created).Truncate(time.Minute) }
		lines[i] = fmt.Sprintf("%s %q %q logged in %v, used %v, ends %v, current %v",
			u.Place, u.Device, value, since(u.LoggedIn), since(u.LastUsed), since(u.Deadline), u.Current(x.Session()))
	}
	return strings.Join(lines, "\n")
}

// signedIn returns n browsers of the user.
func (p *process) signedIn(user string, n int) []*browser {
	p.Helper()
	all := make([]*browser, n)
	for i := range all {
		all[i] = p.browser()
		want(p.stage, user+" logs in", all[i].get("/login?user="+user).status, http.StatusOK)
	}
	return all
}

// users checks whom the processes take the browsers for.
func users(s *stage, all []*browser, at []*process, names ...string) {
	s.Helper()
	for i, name := range names {
		for _, p := range at {
			want(s, fmt.Sprintf("user of browser %d", i), p.bearing(all[i].line()).get("/user").body, name)
		}
	}
}

func listsSessions(s *stage) {
	p := s.startForUsers()
	phone, laptop := p.browser(), p.browser()
	phone.get("/visit")
	s.store.Advance(time.Minute)
	phone.get("/enter?user=ada&device=phone")
	phone.get("/set?key=color&value=red")
	laptop.get("/enter?user=bob")
	s.store.Advance(10 * time.Minute)
	phone.get("/user") // a tenth of the idle time is over, so it is stored
	phone.get("/renew")
	laptop.get("/enter?user=ada&device=laptop")
	s.store.Advance(2 * time.Minute)
	r := laptop.get("/sessions")
	want(s, "list", r.body, fmt.Sprintf(`%s "laptop" "" logged in 0s, used 0s, ends 12h0m0s, current true
%s "phone" "red" logged in 1m0s, used 11m0s, ends 12h1m0s, current false`, place(laptop.line()), place(phone.line())))
	want(s, "cookie", r.cookies(), "")
	stranger := p.browser()
	want(s, "list of nobody", strings.Contains(stranger.get("/sessions").body, "the user is empty"), true)
	stranger.get("/login?user=eve")
	want(s, "sessions of a stranger", strings.Count(stranger.get("/sessions").body, "\n"), 0)
}

func endsOne(s *stage) {
	here, there := s.startForUsers(), s.startForUsers()
	all := here.signedIn("ada", 3)
	both := []*process{here, there}
	want(s, "ended", all[0].get("/end?place="+place(all[1].line())).body, "1")
	users(s, all, both, "ada", "", "ada")
	want(s, "guard", all[1].at(there).get(guardedPath).status, http.StatusSeeOther)
	want(s, "ended again", all[0].get("/end?place="+place(all[1].line())).body, "0")
	want(s, "ended itself", all[0].at(there).get("/end?place="+place(all[0].line())).body, "1")
	users(s, all, both, "", "", "ada")
	want(s, "stored sessions", s.store.Len(), 1)
}

func endsNobodyElses(s *stage) {
	p := s.startForUsers()
	ada, eve := p.signedIn("ada", 1)[0], p.signedIn("eve", 1)[0]
	for _, at := range []string{place(ada.line()), "x", strings.Repeat("-", 12), strings.Repeat("a", 5000)} {
		want(s, "ended", eve.get("/end?place="+at).body, "0")
	}
	guest := p.browser()
	guest.get("/visit")
	want(s, "a guest: status", guest.get("/end?place="+place(ada.line())).status, http.StatusInternalServerError)
	want(s, "a guest: others", guest.get("/end-others").status, http.StatusInternalServerError)
	want(s, "no place: status", eve.get("/end?place=").status, http.StatusInternalServerError)
	users(s, []*browser{ada, eve}, []*process{p}, "ada", "eve")
}

func endsOthers(s *stage) {
	here, there := s.startForUsers(), s.startForUsers()
	all := append(here.signedIn("ada", 3), there.signedIn("bob", 1)...)
	all[1].get("/renew")
	want(s, "ended", all[2].at(there).get("/end-others").body, "2")
	users(s, all, []*process{here, there}, "", "", "ada", "bob")
	want(s, "left", strings.Count(all[2].get("/sessions").body, "current true"), 1)
	want(s, "ended again", all[2].get("/end-others").body, "0")
}

func endsAll(s *stage) {
	late := s.pause()
	here := s.startForUsers(get("/late", change(func(s *core.Session, _ Exchange) {
		s.Set("late", s.User())
		late.here()
	})))
	there := s.startForUsers()
	all := append(here.signedIn("ada", 3), here.signedIn("root", 1)...)
	flying := make(chan *reply, 1)
	slow := here.bearing(all[0].line())
	go func() { flying <- slow.get("/late") }()
	late.reached()
	want(s, "ended", all[3].at(there).get("/end-all?user=ada").body, "3")
	late.end()
	want(s, "cookie of the slow request", arrived(s, flying).cookies(), "")
	users(s, all, []*process{here, there}, "", "", "", "root")
	want(s, "stored sessions", s.store.Len(), 1)
	want(s, "ended again", all[3].get("/end-all?user=ada").body, "0")
	all[0].get("/login?user=ada")
	users(s, all, []*process{here, there}, "ada")
}
