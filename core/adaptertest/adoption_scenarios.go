package adaptertest

import (
	"net/http"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

var adoptionScenarios = []scenario{
	{"ids elsewhere", "an id in the query, a form or another header is ignored", idsElsewhere},       // R4
	{"made-up ids", "an id that we did not issue is never adopted, signed or not", madeUpIDs},        // R3
	{"ended ids", "a signed id whose session has ended gets a new id at the first change", endedIDs}, // R3
}

func idsElsewhere(s *stage) {
	p := s.start(setup{})
	token := strings.TrimPrefix(loggedIn(p), tokenName)
	b := p.browser()
	for _, name := range []string{"session", "__Host-session", "session_id", "id"} {
		want(s, "in the query: user", b.get("/user?"+name+"="+token).body, "")
		form := b.request(s.ctx, http.MethodPost, "/user", name+"="+token, "Content-Type", "application/x-www-form-urlencoded")
		want(s, "in a form: user", b.ask(form).body, "")
		want(s, "in a header: user", b.get("/user", "X-"+name, token, "Authorization", "Bearer "+token).body, "")
	}
	want(s, "calls", s.store.take(), "")
}

func madeUpIDs(s *stage) {
	p := s.start(setup{})
	random := strings.Repeat("Q7", 22)
	for _, row := range []struct{ name, line, calls string }{
		{"unsigned", tokenName + random, "new place, create"},
		{"with a mac from nowhere", tokenName + random + "." + strings.Repeat("A", 43), "new place, create"},
		{"signed, never stored", sign(random), "load, new place, create"},
	} {
		r := p.bearing(row.line).get("/visit")
		want(s, row.name+": value", r.body, "1")
		want(s, row.name+": calls", s.store.take(), row.calls)
		want(s, row.name+": is the old id", strings.Contains(r.cookies(), random), false)
		want(s, row.name+": got a cookie", masked(r.cookies()), forms[0].set)
	}
	want(s, "stored sessions", s.store.Len(), 3)
}

func endedIDs(s *stage) {
	p := s.start(setup{})
	old := loggedIn(p)
	p.bearing(old).get("/logout")
	want(s, "right after the end: cookie", p.bearing(old).get("/visit").cookies(), "")
	for path, later := range map[string]time.Duration{
		"/visit": grace + moment, "/set?key=a&value=1": store.Memory,
	} {
		s.store.Advance(later)
		r := p.bearing(old).get(path)
		want(s, path+": got a cookie", masked(r.cookies()), forms[0].set)
		want(s, path+": is the old one", strings.HasPrefix(r.cookies(), old), false)
		want(s, path+": user with the new one", p.bearing(r.pairs()).get("/user").body, "")
		want(s, path+": user with the old one", p.bearing(old).get("/user").body, "")
	}
	want(s, "keys under the old id", p.bearing(old).get("/keys").body, "")
	want(s, "stored sessions", s.store.Len(), 2)
}
