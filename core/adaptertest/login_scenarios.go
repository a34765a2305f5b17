package adaptertest

import (
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
)

var loginScenarios = []scenario{
	{"login changes the id", "a login changes the id and keeps the data, and the old id is dead at once", loginChangesID}, // R23
	{"login again", "logging in again as the same user changes the id and keeps the data", loginAgain},                    // R23
	{"login as somebody else", "logging in as somebody else drops the data of who was there before", loginAsOther},        // R23
	{"planted cookie", "whoever planted a session before the login has nothing after it", planted},                        // R23
	{"in flight at the login", "a request in flight with the old id is anonymous after the login", inFlight},              // R23
	{"long after the login", "an old id stays dead when the store has forgotten the renewal", longAfterLogin},             // R3, R23
	{"logout", "after a logout no read anywhere sees the session", logout},                                                // R24
	{"logout of the renewed", "a logout with an id that was just renewed ends the session as well", logoutRenewed},        // R24
	{"logout, then changes", "what is set after a logout belongs to a new session with a new id", changesAfterLogout},     // R24
	{"renew", "Renew changes the id, keeps data and login, and the old id is dead", renew},
}

// grace is how long before a request an id may have been renewed, so that the
// request counts as one that was on its way.
const grace = 20 * time.Second

// changesID asks for a path and checks that the browser has a new id, and that
// the old one reads as anonymous and empty.
func changesID(s *stage, b *browser, path string) (old string) {
	old = b.line()
	r := b.get(path)
	want(s, path+": cookie", masked(r.cookies()), forms[0].set)
	want(s, path+": same cookie", b.line() == old, false)
	dead := b.bearing(old)
	want(s, path+": user of the old id", dead.get("/user").body, "")
	want(s, path+": keys of the old id", dead.get("/keys").body, "")
	want(s, path+": guard for the old id", dead.get(guardedPath).status, 303)
	for _, change := range []string{"/visit", "/set?key=a&value=1"} {
		want(s, path+": cookie for "+change+" with the old id", dead.get(change).cookies(), "")
	}
	return old
}

func place(line string) string {
	token := strings.TrimPrefix(line, tokenName)
	return token[:min(len(token), store.PlaceLen)]
}

func loginChangesID(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/set?key=cart&value=3")
	s.store.take()
	old := changesID(s, b, "/login?user=ada")
	want(s, "place", place(b.line()), place(old))
	want(s, "user", b.get("/user").body, "ada")
	want(s, "value", b.get("/get?key=cart").body, "3")
	want(s, "stored sessions", s.store.Len(), 1)
}

func loginAgain(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	b.get("/set?key=cart&value=3")
	changesID(s, b, "/login?user=ada")
	want(s, "user", b.get("/user").body, "ada")
	want(s, "value", b.get("/get?key=cart").body, "3")
}

func loginAsOther(s *stage) {
	b := s.start(setup{routes: []Route{get("/switch", change(func(s *core.Session, _ Exchange) {
		s.Set("before", "ada's")
		s.Login("bob")
		s.Set("after", "bob's")
	}))}}).browser()
	b.get("/login?user=ada")
	b.get("/set?key=diary&value=private")
	old := changesID(s, b, "/switch")
	want(s, "same place", place(b.line()) == place(old), false)
	want(s, "user", b.get("/user").body, "bob")
	want(s, "keys", b.get("/keys").body, "after")
}

func planted(s *stage) {
	p := s.start(setup{})
	attacker := p.browser()
	attacker.get("/set?key=cart&value=3")
	victim := p.bearing(attacker.line())
	own := victim.get("/login?user=ada").pairs()
	want(s, "user of the victim", p.bearing(own).get("/user").body, "ada")
	want(s, "user of the attacker", attacker.get("/user").body, "")
	want(s, "guard for the attacker", attacker.get(guardedPath).status, 303)
}

func inFlight(s *stage) {
	late := s.pause()
	p := s.start(setup{routes: []Route{get("/late", use(func(s *core.Session, _ Exchange) string {
		late.here()
		return s.User()
	}))}})
	b := p.browser()
	b.get("/visit")
	flying := make(chan *reply, 1)
	old := p.bearing(b.line())
	go func() { flying <- old.get("/late") }()
	late.reached()
	b.get("/login?user=ada")
	late.end()
	r := arrived(s, flying)
	want(s, "user in flight", r.body, "")
	want(s, "cookie in flight", r.cookies(), "")
}

func longAfterLogin(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/visit")
	old := changesID(s, b, "/login?user=ada")
	s.store.Advance(grace + time.Second)
	r := b.bearing(old).get("/visit")
	want(s, "visit with the old id", r.body, "1")
	want(s, "is the old id", strings.HasPrefix(r.cookies(), old), false)
	want(s, "user with the cookie it got", b.bearing(r.pairs()).get("/user").body, "")
	want(s, "user with the right id", b.get("/user").body, "ada")
}

func logout(s *stage) {
	here, there := s.start(setup{}), s.start(setup{})
	b := here.browser()
	b.get("/login?user=ada")
	b.get("/set?key=cart&value=3")
	kept := b.line()
	want(s, "read elsewhere before", there.bearing(kept).get("/user").body, "ada")
	b.get("/logout")
	for range 2 {
		for _, p := range []*process{here, there} {
			want(s, "user", p.bearing(kept).get("/user").body, "")
			want(s, "keys", p.bearing(kept).get("/keys").body, "")
			want(s, "guard", p.bearing(kept).get(guardedPath).status, 303)
		}
		s.store.Advance(grace)
	}
	want(s, "stored sessions", s.store.Len(), 0)
}

func logoutRenewed(s *stage) {
	b := s.start(setup{routes: []Route{get("/bye", use(func(s *core.Session, _ Exchange) string {
		user := s.User()
		s.Logout()
		return user
	}))}}).browser()
	for _, path := range []string{"/logout", "/bye"} {
		b.get("/login?user=ada")
		old := b.line()
		b.get("/renew")
		b.bearing(old).get(path)
		want(s, path+": user", b.get("/user").body, "")
		want(s, path+": stored sessions", s.store.Len(), 0)
	}
}

func changesAfterLogout(s *stage) {
	b := s.start(setup{routes: []Route{get("/leave", change(func(s *core.Session, _ Exchange) {
		s.Set("before", 1)
		s.Logout()
		s.Set("flash", "goodbye")
	}))}}).browser()
	b.get("/login?user=ada")
	b.get("/set?key=cart&value=3")
	old := b.line()
	s.store.take()
	want(s, "cookie", masked(b.get("/leave").cookies()), forms[0].set)
	want(s, "calls", s.store.take(), "destroy, new place, create")
	want(s, "keys", b.get("/keys").body, "flash")
	want(s, "user", b.get("/user").body, "")
	want(s, "user of the old id", b.bearing(old).get("/user").body, "")
	want(s, "stored sessions", s.store.Len(), 1)
}

func renew(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	b.get("/set?key=cart&value=3")
	changesID(s, b, "/renew")
	want(s, "user", b.get("/user").body, "ada")
	want(s, "value", b.get("/get?key=cart").body, "3")
}
