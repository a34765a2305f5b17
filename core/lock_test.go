package core_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
)

// locking is the idle timeout of AAL2, and all of them lock.
var locking = &core.Options{IdleTimeout: time.Hour, AbsoluteTimeout: 24 * time.Hour, Locks: true}

// who describes who uses a session.
func who(s *core.Session) string {
	switch {
	case s.Locked() != "":
		return "locked " + s.Locked() + s.User()
	case s.User() != "" && s.Level() == 0, s.User() == "" && s.Level() != 0:
		return "a level that does not fit"
	}
	return s.User()
}

func wantWho(t *testing.T, b *browser, what, want string) {
	t.Helper()
	if got := who(b.start()); got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// The idle time of a session that locks takes the user away, and gives them back
// for a factor. The deadline ends it.
func TestALockedSession(t *testing.T) {
	b := newBrowser(t, locking)
	b.request(func(s *core.Session) { s.Login("ada"); s.Set("k", 1) })
	b.store.Advance(59 * time.Minute)
	wantWho(t, b, "before the idle timeout", "ada")
	b.store.Advance(2 * time.Minute)
	wantWho(t, b, "after it", "locked ada")
	if list := b.list("ada"); len(list) != 1 || !list[0].Locked {
		t.Errorf("the list has %+v", list)
	}
	for name, poll := range map[string]func(s *core.Session){
		"reads":  func(s *core.Session) { s.Get("k") },
		"saves":  func(s *core.Session) { s.Set("k", 2) },
		"renews": func(s *core.Session) { s.Renew() },
		"both":   func(s *core.Session) { s.User(); s.Set("k", 2) },
	} {
		for range 9 {
			b.store.Advance(10 * time.Minute)
			b.request(func(s *core.Session) {
				poll(s)
				if err := s.Save(t.Context()); err != nil || who(s) != "locked ada" {
					t.Errorf("a request that %s: %q in the same request, error %v", name, who(s), err)
				}
			})
			wantWho(t, b, "after a request that "+name, "locked ada")
		}
	}
	left := b.list("ada")[0].Deadline.Sub(time.Now().Add(61*time.Minute + 36*10*time.Minute)).Round(time.Minute)
	if left != 24*time.Hour-61*time.Minute-6*time.Hour {
		t.Errorf("%v are left until the deadline", left)
	}
	b.store.Advance(left - time.Minute)
	wantWho(t, b, "before the deadline", "locked ada")
	b.store.Advance(2 * time.Minute)
	wantWho(t, b, "after it", "")
	if n := b.store.Len(); n != 0 {
		t.Errorf("%d sessions live after the deadline", n)
	}
}

// What opens a locked session, and what that changes: seen before the save, by the
// next request, and in its times.
func TestWhatOpensALockedSession(t *testing.T) {
	for _, test := range []struct {
		name         string
		do           func(s *core.Session)
		who          string
		level        int
		loggedIn     time.Duration // after the first login
		deadline     time.Duration
		keepsTheData bool
	}{
		{"Unlock", func(s *core.Session) { s.Unlock() }, "ada", 2, 0, 24 * time.Hour, true},
		{"Confirm", func(s *core.Session) { s.Confirm(3) }, "ada", 3, 2 * time.Hour, 26 * time.Hour, true},
		{"a login", func(s *core.Session) { s.Login("ada") }, "ada", 1, 2 * time.Hour, 26 * time.Hour, true},
		{"another's login", func(s *core.Session) { s.Login("bob") }, "bob", 1, 2 * time.Hour, 26 * time.Hour, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBrowser(t, locking)
			b.request(func(s *core.Session) { s.LoginWith(core.Login{User: "ada", Level: 2}); s.Set("k", 1) })
			first, old := b.list("ada")[0], b.cookie
			time.Sleep(2 * time.Hour)
			b.request(func(s *core.Session) {
				if got := who(s); got != "locked ada" || s.IdleLeft() != 0 {
					t.Errorf("%s: before it %q, %v left", test.name, got, s.IdleLeft())
				}
				test.do(s)
				if got := who(s); got != test.who || s.Level() != test.level {
					t.Errorf("%s, before the save: %q, level %d; want %q, %d", test.name, got, s.Level(), test.who, test.level)
				}
			})
			if slices.Equal(old, b.cookie) {
				t.Errorf("%s: the id stays", test.name)
			}
			b.request(func(s *core.Session) {
				if got := who(s); got != test.who || s.Level() != test.level || s.IdleLeft() != time.Hour {
					t.Errorf("%s: %q, level %d, %v left; want %q, %d, 1h", test.name, got, s.Level(), s.IdleLeft(), test.who, test.level)
				}
				loggedIn, deadline := s.LoggedIn().Sub(first.LoggedIn), s.Deadline().Sub(first.LoggedIn)
				if loggedIn != test.loggedIn || deadline != test.deadline || (s.Get("k") == 1.0) != test.keepsTheData {
					t.Errorf("%s: logged in after %v, ends after %v, data %v; want %v, %v, %v", test.name,
						loggedIn, deadline, s.Get("k"), test.loggedIn, test.deadline, test.keepsTheData)
				}
			})
			if b.cookie = old; b.start().User() != "" {
				t.Errorf("%s: the old id still works", test.name)
			}
		})
	}
}

func TestUnlockBeforeTheSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, locking)
		b.request(func(s *core.Session) { s.Login("ada") })
		time.Sleep(90 * time.Minute)
		b.request(func(s *core.Session) {
			s.Unlock()
			if s.IdleLeft() != time.Hour {
				t.Errorf("%v left, want an hour", s.IdleLeft())
			}
			if err := s.Save(t.Context()); err != nil || s.User() != "ada" {
				t.Errorf("after the save: user %q, error %v", s.User(), err)
			}
		})
	})
}

// A request that runs for longer than the idle timeout, such as a stream, has no
// user any more when the session locks.
func TestASessionLocksDuringARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, locking)
		b.request(func(s *core.Session) { s.Login("ada") })
		s := b.start()
		for _, step := range []struct {
			pass time.Duration
			want string
		}{{0, "ada"}, {59 * time.Minute, "ada"}, {time.Minute, "locked ada"}} {
			time.Sleep(step.pass)
			if got := who(s); got != step.want {
				t.Errorf("%v later: %q, want %q", step.pass, got, step.want)
			}
		}
	})
}
