package core_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
)

func TestOnlyARequestThatUsedItsSessionVariesOnTheCookie(t *testing.T) {
	for name, do := range map[string]func(s *core.Session){
		"Get":     func(s *core.Session) { s.Get("k") },
		"Set":     func(s *core.Session) { s.Set("k", 1) },
		"Delete":  func(s *core.Session) { s.Delete("k") },
		"Clear":   func(s *core.Session) { s.Clear() },
		"Pop":     func(s *core.Session) { s.Pop("k") },
		"Keys":    func(s *core.Session) { s.Keys() },
		"User":    func(s *core.Session) { s.User() },
		"Login":   func(s *core.Session) { s.Login("ada") },
		"Logout":  func(s *core.Session) { s.Logout() },
		"Renew":   func(s *core.Session) { s.Renew() },
		"Load":    func(s *core.Session) { _ = s.Load(t.Context()) },
		"Save":    func(s *core.Session) { _ = s.Save(t.Context()) },
		"IsNew":   func(s *core.Session) { s.IsNew() },
		"ID":      func(s *core.Session) { s.ID() },
		"nothing": func(s *core.Session) { _ = s.Err() },
	} {
		if h := newBrowser(t, nil).request(do); (len(h.Vary) > 0) != (name != "nothing") {
			t.Errorf("%s: Vary %v", name, h.Vary)
		}
	}
}

func TestTheCookieIsSentOnlyWhenItChanges(t *testing.T) {
	b := newBrowser(t, nil)
	for i, test := range []struct {
		do    func(s *core.Session)
		lines int
	}{
		{func(s *core.Session) { s.Set("k", 1) }, 1},
		{func(s *core.Session) { s.Set("k", 2) }, 0},
		{func(s *core.Session) { s.Get("k") }, 0},
		{func(s *core.Session) { s.Login("ada"); _ = s.Save(t.Context()); s.Set("k", 3) }, 1},
		{func(s *core.Session) { s.Clear() }, 0},
		{func(s *core.Session) { s.Logout() }, 1},
		{func(s *core.Session) { s.Get("k") }, 0},
	} {
		if h := b.request(test.do); len(h.SetCookie) != test.lines {
			t.Errorf("request %d sets %q, want %d cookies", i+1, h.SetCookie, test.lines)
		}
	}
}

func TestChangesAfterTheHeaders(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Set("k", 1) })
	late := func(with []string, change func(s *core.Session)) *core.Session {
		b.told()
		s := b.m.Start(t.Context(), with...)
		if h, err := b.m.Commit(s); err != nil || len(h.SetCookie) > 0 {
			t.Fatalf("commit: %v, %+v", err, h)
		}
		change(s)
		b.m.Finish(s)
		return s
	}

	late(b.cookie, func(s *core.Session) { s.Set("k", 2) })
	b.request(func(s *core.Session) {
		if s.Get("k") != 2.0 {
			t.Errorf("a change after the headers that needs no cookie is lost: %v", s.Get("k"))
		}
	})
	for name, change := range map[string]func(s *core.Session){
		"creates a session": func(s *core.Session) { s.Set("k", 1) },
		"logs in":           func(s *core.Session) { s.Login("ada") },
	} {
		before := b.store.Len()
		s := late(nil, change)
		if !errors.Is(s.Err(), core.ErrTooLate) || b.told() != "lost" || b.store.Len() != before {
			t.Errorf("a request that %s after the headers: Err() = %v, %d sessions more", name, s.Err(), b.store.Len()-before)
		}
		if err := s.Save(t.Context()); !errors.Is(err, core.ErrTooLate) {
			t.Errorf("a request that %s after the headers: Save: %v", name, err)
		}
	}
	s := late(b.cookie, func(s *core.Session) { s.Renew() })
	if !errors.Is(s.Err(), core.ErrTooLate) {
		t.Errorf("a renewal after the headers: Err() = %v", s.Err())
	}
	s = late(b.cookie, func(s *core.Session) { s.Set("c", make(chan int)) })
	if s.Err() == nil || b.told() != "lost" {
		t.Errorf("an unencodable value after the headers: Err() = %v, not reported", s.Err())
	}
	late(b.cookie, func(s *core.Session) { s.Logout() })
	if b.store.Len() != 0 {
		t.Error("a logout after the headers did not end the session")
	}
}

func TestASessionOutlivesItsRequest(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Set("k", 1) })
	s := b.start()
	s.Get("k")
	if _, err := b.commit(s); err != nil {
		t.Fatal(err)
	}
	b.m.Finish(s)
	if s.Get("k") != 1.0 {
		t.Errorf("after its request the session reads %v", s.Get("k"))
	}
	s.Set("k", 2)
	if err := s.Save(t.Context()); err != nil {
		t.Errorf("Save of a stored session after its request: %v", err)
	}
	s.Login("ada")
	if err := s.Save(t.Context()); !errors.Is(err, core.ErrTooLate) {
		t.Errorf("Save of a login after its request: %v, want ErrTooLate", err)
	}
}

func TestARefreshThatFailsDoesNotFailTheRequest(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Set("k", 1) })
	b.store.Advance(20 * time.Second * 60)
	b.store.failOn["refresh"] = errDown
	b.told()
	b.request(func(s *core.Session) { s.Get("k") })
	if got := b.told(); got != "loaded store error" {
		t.Errorf("events %q", got)
	}
}

// R36: each event exactly once, without the id; P4: none for a visitor without a cookie.
func TestEachEventIsToldOnce(t *testing.T) {
	b := newBrowser(t, nil)
	var issued []string
	var all []core.Event
	for _, step := range []struct {
		name string
		do   func(s *core.Session)
		want string
	}{
		{"a visit", func(s *core.Session) { s.Get("k") }, ""},
		{"the first write", func(s *core.Session) { s.Set("k", 1) }, "created"},
		{"a read", func(s *core.Session) { s.Get("k"); s.Keys() }, "loaded"},
		{"a write", func(s *core.Session) { s.Set("k", 1) }, ""},
		{"a login", func(s *core.Session) { s.Login("ada"); _ = s.Save(t.Context()) }, "loaded renewed"},
		{"a renewal", func(s *core.Session) { s.Renew() }, "loaded renewed"},
		{"a logout", func(s *core.Session) { s.Logout() }, "destroyed"},
		{"a login of a new visitor", func(s *core.Session) { s.Login("bob") }, "created"},
	} {
		b.request(step.do)
		all = append(all, b.events...)
		if got := b.told(); got != step.want {
			t.Errorf("%s: events %q, want %q", step.name, got, step.want)
		}
		issued = append(issued, b.cookie...)
	}
	b.cookie = []string{"__Host-session=forged"}
	b.request(func(s *core.Session) { s.Get("k"); s.User() })
	if len(b.events) != 1 || b.events[0] != (core.Event{Kind: core.EventRejected, Reason: "no cookie of the name verifies"}) {
		t.Errorf("a forged cookie: events %+v", b.events)
	}
	places := map[string]bool{}
	for _, e := range all {
		places[e.Place] = true
		for _, cookie := range issued {
			secret := strings.TrimPrefix(cookie, "__Host-session=")[store.PlaceLen:][:32]
			if strings.Contains(e.Place+e.Reason+e.User+e.Op, secret) {
				t.Errorf("event %+v holds an id", e)
			}
		}
	}
	if len(places) != 2 || places[""] {
		t.Errorf("the events of 2 sessions show %d places: %v", len(places), places)
	}
}
