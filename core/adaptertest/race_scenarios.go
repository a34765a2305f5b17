package adaptertest

import (
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/ringsession/ringsession/core"
)

var raceScenarios = []scenario{
	{"both win", "requests that change different keys of one session at once all win", bothWin},                           // H1
	{"slow request, logout", "a slow request's change after a logout is discarded: nothing comes back", slowSave},         // H2
	{"slow Save, logout", "Save says ErrGone when the session ended meanwhile", slowExplicitSave},                         // H2
	{"slow refresh, logout", "a refresh that meets a logout brings nothing back", slowRefresh},                            // H2
	{"slow renewal, logout", "a renewal that meets a logout brings nothing back", slowRenewal},                            // H2
	{"slow login, logout", "a login that meets a logout begins a new session without the old data", slowLogin},            // R24
	{"around a login", "of 50 requests around a login none gets a cookie that undoes it, and one id comes of it", around}, // H6
}

func bothWin(s *stage) {
	const n = 20
	var all sync.WaitGroup
	all.Add(n)
	b := s.start(setup{routes: []Route{get("/slow", change(func(s *core.Session, x Exchange) {
		_ = s.Keys()
		all.Done()
		all.Wait() // Now everybody has read, and nobody has saved.
		s.Set(x.Query("key"), "here")
		s.Delete("away-" + x.Query("key"))
	}))}}).browser()
	for i := range n {
		b.get(fmt.Sprintf("/set?key=away-k%02d&value=1", i))
	}
	together(n, func(i int) { b.get(fmt.Sprintf("/slow?key=k%02d", i)) })
	keys := ""
	for i := range n {
		keys += fmt.Sprintf(",k%02d", i)
	}
	want(s, "keys", b.get("/keys").body, keys[1:])
}

// meetLogout starts a request of ada's that reads her session, does its slow
// part only when she has logged out, and returns the reply.
func meetLogout(s *stage, slow func(*core.Session, Exchange)) *reply {
	late := s.pause()
	p := s.start(setup{routes: []Route{get("/slow", change(func(s *core.Session, x Exchange) {
		_ = s.User()
		late.here()
		slow(s, x)
	}))}})
	b := p.browser()
	b.get("/login?user=ada")
	b.get("/set?key=diary&value=private")
	s.record.happened()
	flying := make(chan *reply, 1)
	old := p.bearing(b.line())
	go func() { flying <- old.get("/slow") }()
	late.reached()
	b.get("/logout")
	late.end()
	r := arrived(s, flying)
	want(s, "user of the old id", old.get("/user").body, "")
	want(s, "keys of the old id", old.get("/keys").body, "")
	return r
}

// nothingLives checks a reply that must have no effect.
func nothingLives(s *stage, r *reply) {
	want(s, "status", r.status, http.StatusOK)
	want(s, "cookie", r.cookies(), "")
	want(s, "stored sessions", s.store.Len(), 0)
	want(s, "events gone", s.record.count(core.EventGone), 1)
}

func slowSave(s *stage) {
	nothingLives(s, meetLogout(s, func(s *core.Session, _ Exchange) { s.Set("a", 1) }))
}

func slowExplicitSave(s *stage) {
	nothingLives(s, meetLogout(s, func(session *core.Session, x Exchange) {
		session.Set("a", 1)
		want(s, "Save is ErrGone", errors.Is(session.Save(x.Context()), core.ErrGone), true)
		want(s, "user afterwards", session.User(), "")
	}))
}

func slowRenewal(s *stage) {
	nothingLives(s, meetLogout(s, func(s *core.Session, _ Exchange) { s.Renew() }))
}

func slowLogin(s *stage) {
	r := meetLogout(s, func(s *core.Session, _ Exchange) { s.Login("ada") })
	want(s, "cookie", masked(r.cookies()), forms[0].set)
	want(s, "stored sessions", s.store.Len(), 1)
	b := s.start(setup{}).bearing(r.pairs())
	want(s, "user of the new id", b.get("/user").body, "ada")
	want(s, "keys of the new id", b.get("/keys").body, "")
}

func slowRefresh(s *stage) {
	p := s.start(setup{})
	b := p.browser()
	b.get("/login?user=ada")
	old := p.bearing(b.line())
	s.store.Advance(idle / 2)
	refresh := s.store.hold("refresh")
	flying := make(chan *reply, 1)
	go func() { flying <- old.get("/user") }()
	wait(s, refresh.entered, "the refresh")
	b.get("/logout")
	close(refresh.open)
	r := arrived(s, flying)
	want(s, "cookie", r.cookies(), "")
	want(s, "user", old.get("/user").body, "")
	want(s, "stored sessions", s.store.Len(), 0)
}

func around(s *stage) {
	const n = 50
	var begun sync.WaitGroup
	begun.Add(n)
	p := s.start(setup{routes: []Route{get("/crowd", change(func(s *core.Session, x Exchange) {
		if x.Query("early") == "true" {
			_ = s.Keys()
		}
		begun.Done()
		begun.Wait()
		if user := x.Query("user"); user != "" {
			s.Login(user)
		}
		_ = s.Keys()
		s.Set(x.Query("key"), 1)
	}))}})
	b := p.browser()
	b.get("/visit")
	old := p.bearing(b.line())
	replies := make([]*reply, n)
	together(n, func(i int) {
		path := fmt.Sprintf("/crowd?key=k%d&early=%t", i, i%2 == 0)
		if i == n/2 {
			path += "&user=ada"
		}
		replies[i] = old.get(path)
	})
	for i, r := range replies {
		want(s, "status", r.status, http.StatusOK)
		want(s, fmt.Sprintf("request %d has a cookie", i), r.cookies() != "", i == n/2)
	}
	want(s, "user with the cookie of the login", p.bearing(replies[n/2].pairs()).get("/user").body, "ada")
	want(s, "user with the old one", old.get("/user").body, "")
	want(s, "stored sessions", s.store.Len(), 1)
}
