package core_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
)

// The times of a session are those of the store, and cost no call of their own
// after a read. What a login of this request has stored is read once.
func TestTheTimesOfASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, nil)
		b.store.Advance(1000 * time.Hour) // its clock is not this one
		start := time.Now().Add(1000 * time.Hour)
		times := func(s *core.Session) string {
			since := func(at time.Time) string {
				if at.IsZero() {
					return "never"
				}
				return at.Sub(start).String()
			}
			return fmt.Sprintf("created %s, logged in %s, deadline %s, idle left %v",
				since(s.Created()), since(s.LoggedIn()), since(s.Deadline()), s.IdleLeft())
		}
		see := func(what string, s *core.Session, want, calls string) {
			t.Helper()
			b.store.took()
			if got := times(s); got != want {
				t.Errorf("%s: %s, want\n%s", what, got, want)
			}
			if got := b.store.took(); got != calls {
				t.Errorf("%s: the times took %q, want %q", what, got, calls)
			}
		}
		const none = "created never, logged in never, deadline never, idle left 0s"
		save := func(s *core.Session) {
			t.Helper()
			if err := s.Save(t.Context()); err != nil {
				t.Fatal(err)
			}
		}

		b.request(func(s *core.Session) {
			see("nothing", s, none, "")
			s.Set("k", 1)
			see("before the save", s, none, "")
			save(s)
			see("after it", s, "created 0s, logged in never, deadline 12h0m0s, idle left 30m0s", "load")
			see("once more", s, "created 0s, logged in never, deadline 12h0m0s, idle left 30m0s", "")
		})
		time.Sleep(time.Minute)
		b.request(func(s *core.Session) {
			see("a guest", s, "created 0s, logged in never, deadline 12h0m0s, idle left 29m0s", "load")
			s.LoginWith(core.Login{User: "ada", Lifetimes: core.AAL2})
			see("a login, not saved", s, "created 0s, logged in never, deadline 12h0m0s, idle left 30m0s", "")
			save(s)
			see("saved", s, "created 0s, logged in 1m0s, deadline 24h1m0s, idle left 1h0m0s", "load")
		})
		time.Sleep(5 * time.Minute)
		b.request(func(s *core.Session) {
			see("a read, no refresh is due", s, "created 0s, logged in 1m0s, deadline 24h1m0s, idle left 55m0s", "load")
			time.Sleep(2 * time.Minute)
			see("later in the request", s, "created 0s, logged in 1m0s, deadline 24h1m0s, idle left 53m0s", "")
			s.Set("k", 2)
			see("a change", s, "created 0s, logged in 1m0s, deadline 24h1m0s, idle left 1h0m0s", "")
		})
		time.Sleep(6 * time.Minute)
		b.request(func(s *core.Session) {
			see("a read, a refresh is due", s, "created 0s, logged in 1m0s, deadline 24h1m0s, idle left 1h0m0s", "load")
			s.Renew()
		})
		b.request(func(s *core.Session) {
			see("after Renew", s, "created 0s, logged in 1m0s, deadline 24h1m0s, idle left 1h0m0s", "load")
			s.Confirm(2)
			save(s)
			see("after Confirm", s, "created 0s, logged in 14m0s, deadline 24h14m0s, idle left 1h0m0s", "load")
			s.Logout()
			see("after Logout", s, none, "")
		})
	})
}

// IdleLeft is not longer than the session's life.
func TestIdleLeftEndsAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, &core.Options{IdleTimeout: time.Hour, AbsoluteTimeout: 90 * time.Minute})
		b.request(func(s *core.Session) { s.Login("ada") })
		time.Sleep(50 * time.Minute)
		b.request(func(s *core.Session) {
			if got := s.IdleLeft(); got != 40*time.Minute {
				t.Errorf("%v left, want the 40 minutes until the deadline", got)
			}
			time.Sleep(45 * time.Minute)
			if got := s.IdleLeft(); got != 0 {
				t.Errorf("after the deadline %v left, want 0", got)
			}
		})
	})
}

// Renew keeps the deadline, the login and its level, also of one that is
// remembered.
func TestRenewKeepsBothClocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.LoginWith(core.Login{User: "ada", Remember: true, Level: 2}) })
		before := b.list("ada")[0]
		time.Sleep(time.Hour)
		b.request(func(s *core.Session) { s.Renew() })
		after := b.list("ada")[0]
		if after.LastUsed.Sub(before.LastUsed) != time.Hour {
			t.Errorf("a renewal is no use: %v", after.LastUsed)
		}
		after.LastUsed = before.LastUsed
		if fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("Renew changed\n%v to\n%v", before, after)
		}
	})
}

// The longest that NIST SP 800-63B-4 allows: sections 2.1.3, 2.2.3 and 2.3.3.
func TestTheProfilesOfNIST(t *testing.T) {
	for _, test := range []struct {
		name    string
		profile core.Lifetimes
		idle    time.Duration
		after   string // the idle time
		end     time.Duration
	}{
		{"AAL1", core.AAL1, 30 * day, "", 30 * day},
		{"AAL2", core.AAL2, time.Hour, "locked ada", day},
		{"AAL3", core.AAL3, 15 * time.Minute, "", 12 * time.Hour},
	} {
		b := newBrowser(t, &core.Options{AbsoluteTimeout: 30 * day})
		enter := func() {
			b.request(func(s *core.Session) { s.LoginWith(core.Login{User: "ada", Lifetimes: test.profile}) })
		}
		enter()
		b.store.Advance(test.idle - time.Second)
		wantWho(t, b, test.name+" before the idle timeout", "ada")
		b.store.Advance(2 * time.Second)
		wantWho(t, b, test.name+" after it", test.after)
		enter()
		for passed := time.Duration(0); passed < test.end-time.Second; passed += 10 * time.Minute {
			b.request(func(s *core.Session) {
				if s.User() != "ada" {
					t.Fatalf("%s: dead %v after the login, though it is used", test.name, passed)
				}
			})
			b.store.Advance(10 * time.Minute)
		}
		wantWho(t, b, test.name+" after the overall timeout", "")
	}
}

// Guests live shorter and hold less, so that a crawler with cookies costs little.
// A login lifts that.
func TestGuests(t *testing.T) {
	opts := &core.Options{
		MaxBytes: 1000, MaxKeys: 10,
		Guest: core.Guest{Lifetimes: core.Lifetimes{Idle: time.Minute, Absolute: 2 * time.Minute}, MaxBytes: 100, MaxKeys: 3},
	}
	alive := func(b *browser, what string, want int) {
		t.Helper()
		if n := b.store.Len(); n != want {
			t.Errorf("%s: %d sessions, want %d", what, n, want)
		}
	}
	b := newBrowser(t, opts)
	b.request(func(s *core.Session) { s.Set("k", 1) })
	b.store.Advance(59 * time.Second)
	alive(b, "a guest before the idle timeout", 1)
	b.request(func(s *core.Session) { s.Set("k", 1) })
	b.store.Advance(59 * time.Second)
	b.request(func(s *core.Session) { s.Set("k", 1) })
	alive(b, "a guest who writes", 1)
	b.store.Advance(10 * time.Second)
	alive(b, "a guest after the absolute timeout", 0)

	b = newBrowser(t, opts)
	b.request(func(s *core.Session) { s.Set("k", 1) })
	b.request(func(s *core.Session) { s.Login("ada") })
	b.store.Advance(29 * time.Minute)
	alive(b, "a login has the lifetimes of logins", 1)
	if left := b.list("ada")[0].Deadline.Sub(b.list("ada")[0].LoggedIn); left != 12*time.Hour {
		t.Errorf("a guest's login lives for %v", left)
	}

	big := func(n int) string { return string(make([]byte, n)) } // 6 bytes of JSON for each
	for _, test := range []struct {
		name string
		do   func(s *core.Session)
		ok   bool
	}{
		{"a little", func(s *core.Session) { s.Set("k", big(10)) }, true},
		{"too much", func(s *core.Session) { s.Set("k", big(20)) }, false},
		{"too many keys", func(s *core.Session) { s.Set("a", 1); s.Set("b", 1); s.Set("c", 1); s.Set("d", 1) }, false},
		{"too much with a login", func(s *core.Session) { s.Set("k", big(20)); s.Login("ada") }, true},
		{"too many keys with a login", func(s *core.Session) {
			s.Login("ada")
			for i := range 9 {
				s.Set(fmt.Sprint(i), 1)
			}
		}, true},
		{"too much for a login", func(s *core.Session) { s.Set("k", big(200)); s.Login("ada") }, false},
	} {
		for _, stored := range []bool{false, true} {
			for _, reads := range []bool{false, true} {
				b := newBrowser(t, opts)
				if stored {
					b.request(func(s *core.Session) { s.Set("k", 1) })
				}
				s := b.start()
				if reads {
					s.User()
				}
				test.do(s)
				if _, err := b.commit(s); (err == nil) != test.ok {
					t.Errorf("%s, stored %v, reads %v: error %v", test.name, stored, reads, err)
				}
			}
		}
	}

	// A blind write of one who is logged in is not a guest's.
	b = newBrowser(t, opts)
	b.request(func(s *core.Session) { s.Login("ada") })
	b.request(func(s *core.Session) { s.Set("k", big(100)) })
	// What a guest collects in many blind writes is counted.
	b = newBrowser(t, opts)
	b.request(func(s *core.Session) { s.Set("a", big(10)) })
	s := b.start()
	s.Set("b", big(10))
	if _, err := b.commit(s); err == nil {
		t.Error("two blind writes of a guest exceed the limit")
	}
}

func TestGuestsAreAsOthersByDefault(t *testing.T) {
	b := newBrowser(t, &core.Options{IdleTimeout: time.Hour, AbsoluteTimeout: 2 * time.Hour, Locks: true})
	b.request(func(s *core.Session) { s.Set("k", string(make([]byte, 10000))) })
	b.request(func(s *core.Session) {
		if left := s.IdleLeft().Round(time.Minute); left != time.Hour {
			t.Errorf("a guest has %v, want an hour", left)
		}
	})
	b.store.Advance(61 * time.Minute)
	if n := b.store.Len(); n != 0 {
		t.Error("a guest's session locks")
	}
}
