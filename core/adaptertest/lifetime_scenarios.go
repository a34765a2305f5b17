package adaptertest

import (
	"strings"
	"time"
)

const (
	idle     = 30 * time.Minute
	absolute = 12 * time.Hour
	// moment is longer than a scenario takes, so that real time does not count.
	moment = patience
)

var lifetimeScenarios = []scenario{
	{"idle timeout", "a session is alive just before the idle timeout and dead just after", idleTimeout},               // R20
	{"reading keeps alive", "reading refreshes the idle time", func(s *stage) { keepsAlive(s, "/user") }},              // R20
	{"writing keeps alive", "writing refreshes the idle time", func(s *stage) { keepsAlive(s, "/set?key=a&value=1") }}, // R20
	{"not using", "a request that leaves the session alone does not refresh it", notUsing},                             // R20
	{"absolute timeout", "however much it is used, a session ends at the absolute timeout", absoluteTimeout},           // R21
	{"ten refreshes", "the idle time is refreshed at most ten times per idle period", tenRefreshes},
	{"refresh with a write", "a write carries the refresh, so none is sent beside it", refreshWithWrite},
	{"an expired cookie", "a session that timed out is replaced at the next change, data gone", expired}, // R3
}

func idleTimeout(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	s.store.Advance(idle - moment)
	want(s, "just before: user", b.get("/user").body, "ada")
	s.store.Advance(idle)
	want(s, "just after: user", b.get("/user").body, "")
	want(s, "just after: guard", b.get(guardedPath).status, 303)
}

func keepsAlive(s *stage, path string) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	for range 4 {
		s.store.Advance(idle - moment)
		b.get(path)
	}
	want(s, "user", b.get("/user").body, "ada")
}

func notUsing(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	s.store.Advance(idle / 2)
	b.get("/alone")
	s.store.Advance(idle / 2)
	want(s, "user", b.get("/user").body, "")
}

func absoluteTimeout(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	var used time.Duration
	for b.get("/user").body == "ada" && used < 10*absolute {
		s.store.Advance(idle / 2)
		used += idle / 2
	}
	want(s, "life of a session used every quarter of an hour", used, absolute)
}

func tenRefreshes(s *stage) {
	const reads = 60
	b := s.start(setup{}).browser()
	b.get("/login?user=ada")
	s.store.take()
	for range reads {
		s.store.Advance(idle / reads)
		b.get("/user")
	}
	n := strings.Count(s.store.take(), "refresh")
	if n < 1 || n > 10 {
		s.Errorf("%d refreshes in one idle period", n)
	}
}

func refreshWithWrite(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/visit")
	s.store.Advance(idle / 2)
	s.store.take()
	b.get("/visit")
	want(s, "calls of a visit when a refresh is due", s.store.take(), "load, save")
	b.get("/user")
	want(s, "calls of a read after it", s.store.take(), "load")
}

func expired(s *stage) {
	b := s.start(setup{}).browser()
	b.get("/visit")
	old := b.line()
	s.store.Advance(idle)
	want(s, "visit", b.get("/visit").body, "1")
	want(s, "same cookie", b.line() == old, false)
	want(s, "stored sessions", s.store.Len(), 1)
}
