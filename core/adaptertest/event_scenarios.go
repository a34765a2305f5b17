package adaptertest

import (
	"strings"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
)

// R36. That the events match the calls to the store, and tell no id, is checked
// after every scenario.
var eventScenarios = []scenario{
	{"a life in events", "every event of a session's life is told once, in order", lifeInEvents},
	{"refusals in events", "a refused cookie is told once, with its reason", refusalsInEvents},
	{"failures in events", "what failed is told once, with the operation", failuresInEvents},
	{"names in events", "the events of one session have its place in common, and show no id", namesInEvents},
}

// tells asks for paths and compares the events of each.
func tells(s *stage, b *browser, rows [][2]string) {
	s.Helper()
	for _, row := range rows {
		b.get(row[0])
		want(s, row[0], s.record.happened(), row[1])
	}
}

func lifeInEvents(s *stage) {
	b := s.start(setup{}).browser()
	tells(s, b, [][2]string{
		{"/user", ""},
		{"/visit", "created"},
		{"/alone", ""},
		{"/user", "loaded"},
		{"/visit", "loaded"},
		{"/set?key=a&value=1", ""},
		{"/login?user=ada", "loaded, renewed (ada)"},
		{guardedPath, "loaded"},
		{"/renew", "loaded, renewed"},
		{"/logout", "destroyed (ada)"},
		{"/logout", ""},
		{"/login?user=bob", "created (bob)"},
	})
}

func refusalsInEvents(s *stage) {
	p := s.start(setup{})
	b := p.browser()
	b.get("/visit")
	renewed := b.line()
	b.get("/login?user=ada")
	good := b.line()
	ended := loggedIn(p)
	p.bearing(ended).get("/logout")
	s.record.happened()
	for _, row := range []struct{ line, path, events string }{
		{tokenName + "forged", "/alone", "rejected (no cookie of the name verifies)"},
		{tokenName + "forged", "/visit", "rejected (no cookie of the name verifies), created"},
		{strings.Repeat(good+"; ", 9), "/user", "rejected (more than eight cookies of the name)"},
		{good + "; " + ended, "/user", "rejected (two different cookies verify)"},
		{ended, "/alone", ""},
		{ended, "/user", "rejected (the session was destroyed)"},
		{ended, "/set?key=a&value=1", "gone"},
		{renewed, "/user", "rejected (the id was renewed)"},
		{renewed, "/visit", "rejected (the id was renewed), gone"},
		{renewed, "/set?key=a&value=1", "gone"},
	} {
		tells(s, p.bearing(row.line), [][2]string{{row.path, row.events}})
	}
	s.store.fail(store.ErrCorrupt, "load")
	tells(s, p.bearing(good), [][2]string{{"/user", "rejected (the record is corrupt)"}})
}

func failuresInEvents(s *stage) {
	b := s.start(setup{options: core.Options{MaxBytes: 100}}).browser()
	b.get("/visit")
	s.record.happened()
	s.store.fail(errOutage, "load", "save", "renew", "destroy")
	tells(s, b, [][2]string{
		{"/user", "store error (load)"},
		{guardedPath, "store error (load)"},
		{"/visit", "store error (load)"},
		{"/set?key=a&value=1", "store error (save)"},
		{"/renew", "store error (load)"},
		{"/logout", "store error (destroy)"},
		{"/set?key=@a&value=1", "lost"},
		{"/set?key=a&value=" + strings.Repeat("x", 100), "lost"},
	})
	s.store.heal()
	s.store.fail(errOutage, "renew")
	tells(s, b, [][2]string{{"/renew", "loaded, store error (renew)"}})
	s.store.heal()
	s.store.fail(errOutage, "refresh")
	s.store.Advance(idle / 2)
	tells(s, b, [][2]string{{"/user", "loaded, store error (refresh)"}})
}

func namesInEvents(s *stage) {
	p := s.start(setup{})
	ada, bob := p.browser(), p.browser()
	for _, path := range []string{"/login?user=ada", "/user", "/visit"} {
		ada.get(path)
	}
	bob.get("/login?user=bob")
	p.bearing(tokenName + "forged").get("/user")
	var names []string
	for _, e := range s.record.events {
		names = append(names, e.Place)
	}
	if len(names) != 5 {
		s.Fatalf("%d events, not 5", len(names))
	}
	want(s, "one name for ada's", names[0] == names[1] && names[1] == names[2], true)
	want(s, "another for bob's", names[3] == names[0], false)
	want(s, "none for a forged cookie", names[4], "")
	want(s, "the name is the place", strings.TrimPrefix(ada.line(), tokenName)[:len(names[0])], names[0])
}
