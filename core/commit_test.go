package core_test

import (
	"errors"
	"testing"

	"github.com/ringsession/ringsession/core"
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

// Two changes that no scenario about streams makes.
func TestChangesAfterTheHeaders(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(s *core.Session)
		tooLate bool
	}{
		"a renewal":            {func(s *core.Session) { s.Renew() }, true},
		"an unencodable value": {func(s *core.Session) { s.Set("c", make(chan int)) }, false},
	} {
		b := newBrowser(t, nil)
		b.request(set)
		s := b.stream()
		b.told()
		test.change(s)
		b.m.Finish(s)
		if errors.Is(s.Err(), core.ErrTooLate) != test.tooLate || s.Err() == nil || b.told() != "lost" {
			t.Errorf("%s: Err() = %v, or it is not reported", name, s.Err())
		}
	}
}
