package core_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
)

const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"

// What each field of a login does: to the session in a list, to its times, to the
// cookie.
func TestWhatALoginSays(t *testing.T) {
	type l = core.Login
	long := strings.Repeat("é", 65) // 130 bytes
	for _, test := range []struct {
		name  string
		login l
		want  string
	}{
		{"the name alone", l{}, `level 1 "Firefox on Windows" 30m0s of 12h0m0s, cookie session`},
		{"remembered", l{Remember: true},
			`level 1 "Firefox on Windows" remembered 336h0m0s of 720h0m0s, cookie 1209600`},
		{"its own lifetimes", l{Lifetimes: core.Lifetimes{Idle: time.Minute, Absolute: time.Hour}},
			`level 1 "Firefox on Windows" 1m0s of 1h0m0s, cookie session`},
		{"its own lifetimes, remembered",
			l{Remember: true, Lifetimes: core.Lifetimes{Idle: time.Minute, Absolute: time.Hour}},
			`level 1 "Firefox on Windows" remembered 1m0s of 1h0m0s, cookie 60`},
		{"lifetimes that lock, remembered", l{Remember: true, Lifetimes: core.AAL2},
			`level 1 "Firefox on Windows" remembered 1h0m0s of 24h0m0s, cookie 86400`},
		{"an end", l{Until: time.Now().Add(time.Hour)},
			`level 1 "Firefox on Windows" 30m0s of 1h0m0s, cookie session`},
		{"an end before the idle timeout", l{Until: time.Now().Add(time.Minute), Remember: true},
			`level 1 "Firefox on Windows" remembered 1m0s of 1m0s, cookie 60`},
		{"an end after the deadline", l{Until: time.Now().Add(100 * time.Hour)},
			`level 1 "Firefox on Windows" 30m0s of 12h0m0s, cookie session`},
		{"a level", l{Level: 9}, `level 9 "Firefox on Windows" 30m0s of 12h0m0s, cookie session`},
		{"a device", l{Device: "Ada's phone"}, `level 1 "Ada's phone" 30m0s of 12h0m0s, cookie session`},
		{"a long device", l{Device: long},
			fmt.Sprintf(`level 1 %q 30m0s of 12h0m0s, cookie session`, long[:128])},
		{"an external id", l{External: core.External{Issuer: "https://id.example", ID: "42"}},
			`level 1 "Firefox on Windows" {https://id.example 42} 30m0s of 12h0m0s, cookie session`},
	} {
		t.Run(test.name, func(t *testing.T) {
			// The fields of the row have real times, so the bubble gets those as well.
			left := time.Until(test.login.Until).Round(time.Minute)
			synctest.Test(t, func(t *testing.T) {
				b := newBrowser(t, nil)
				b.header = http.Header{"User-Agent": {firefox}}
				if !test.login.Until.IsZero() {
					test.login.Until = time.Now().Add(left)
				}
				test.login.User = "ada"
				h := b.request(func(s *core.Session) { s.LoginWith(test.login) })
				list := b.list("ada")
				if len(list) != 1 {
					t.Fatalf("%d sessions, want 1", len(list))
				}
				u := list[0]
				got := fmt.Sprintf("level %d %q", u.Level, u.Device)
				if u.Remembered {
					got += " remembered"
				}
				if u.External != (core.External{}) {
					got += fmt.Sprint(" ", u.External)
				}
				b.request(func(s *core.Session) {
					got += fmt.Sprintf(" %v of %v", s.IdleLeft(), s.Deadline().Sub(s.LoggedIn()))
					if s.User() != "ada" || s.Level() != u.Level || !u.Current(s) {
						t.Errorf("user %q, level %d, in the list %d", s.User(), s.Level(), u.Level)
					}
				})
				if got += ", cookie " + maxAge(h); got != test.want {
					t.Errorf("a login with %s:\n%s, want\n%s", test.name, got, test.want)
				}
			})
		})
	}
}

func TestALoginThatIsOutOfRangeNamesTheValue(t *testing.T) {
	login := func(l core.Login) func(*core.Session) {
		if l.User == "" {
			l.User = "ada"
		}
		return func(s *core.Session) { s.LoginWith(l) }
	}
	confirm := func(level int) func(*core.Session) { return func(s *core.Session) { s.Confirm(level) } }
	for _, test := range []struct {
		do   func(*core.Session)
		want string
	}{
		{func(s *core.Session) { s.Login("") }, "login: the user is empty"},
		{login(core.Login{User: strings.Repeat("a", 1025)}), "the user has 1025 bytes, more than 1024"},
		{login(core.Login{Level: -1}), "the level -1 is not from 1 to 9"},
		{login(core.Login{Level: 10}), "the level 10 is not from 1 to 9"},
		{login(core.Login{External: core.External{ID: "42"}}), `{"" "42"} lacks an issuer or an id`},
		{login(core.Login{External: core.External{Issuer: "i"}}), `{"i" ""} lacks an issuer or an id`},
		{login(core.Login{External: core.External{Issuer: "i\n", ID: "42"}}), `{"i\n" "42"} has a line feed`},
		{login(core.Login{External: core.External{Issuer: "i", ID: strings.Repeat("4", 1024)}}),
			"the external login has 1025 bytes, more than 1024"},
		{login(core.Login{Lifetimes: core.Lifetimes{Absolute: time.Hour}}),
			"the idle timeout 0s is shorter than a millisecond"},
		{login(core.Login{Lifetimes: core.Lifetimes{Idle: time.Hour}}),
			"the absolute timeout 0s is shorter than the idle timeout 1h0m0s"},
		{login(core.Login{Lifetimes: core.Lifetimes{Locks: true}}),
			"the idle timeout 0s is shorter than a millisecond"},
		{login(core.Login{Lifetimes: core.Lifetimes{Idle: time.Hour, Absolute: 721 * time.Hour}}),
			"the lifetime 721h0m0s is longer than 720h0m0s, the longest that Options name"},
		{login(core.Login{Until: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)}),
			"the time until 2020-01-02 03:04:05 +0000 UTC is over"},
		{confirm(0), "confirm: the level 0 is not from 1 to 9"},
		{confirm(10), "confirm: the level 10 is not from 1 to 9"},
		{confirm(1), "confirm: nobody is logged in"},
		{func(s *core.Session) { s.Unlock() }, "unlock: nobody is logged in"},
	} {
		b := newBrowser(t, nil)
		s := b.start()
		test.do(s)
		_, err := b.commit(s)
		if err == nil || !strings.HasPrefix(err.Error(), "session: ") ||
			!strings.Contains(err.Error(), test.want) || core.HTTPStatus(err) != 500 || b.store.Len() != 0 {
			t.Errorf("error %v, %d sessions; want %q and none", err, b.store.Len(), test.want)
		}
	}
	b := newBrowser(t, nil)
	b.request(login(core.Login{
		User: strings.Repeat("a", 1024), Level: 9,
		External: core.External{Issuer: "i", ID: strings.Repeat("4", 1023)},
		// No longer than the longest because of its end.
		Lifetimes: core.Lifetimes{Idle: time.Hour, Absolute: 1000 * time.Hour}, Until: time.Now().Add(time.Hour),
	}))
}

// What a guest had collected is kept, unless the login says otherwise. The data of
// the user's own session stays, and nobody gets another user's.
func TestWhatALoginKeeps(t *testing.T) {
	type logins []core.Login
	ada, drops, bob := core.Login{User: "ada"}, core.Login{User: "ada", DropGuest: true}, core.Login{User: "bob"}
	guest := func(s *core.Session) { s.Set("old", 1) }
	user := func(s *core.Session) { s.Login("ada"); s.Set("old", 1) }
	for _, test := range []struct {
		name   string
		before func(*core.Session)
		logins logins
		want   string
	}{
		{"a guest", guest, logins{ada}, "ada late old"},
		{"a guest, dropped", guest, logins{drops}, "ada"},
		{"the user's own", user, logins{drops}, "ada late old"},
		{"nothing stored, dropped", nothing, logins{drops}, "ada"},
		{"somebody else", user, logins{bob}, "bob"},
		{"two logins in one request", guest, logins{ada, bob}, "bob"},
	} {
		b := newBrowser(t, nil)
		b.request(test.before)
		look := func(when string, s *core.Session) {
			last := test.logins[len(test.logins)-1]
			if got := strings.Join(s.Keys(), " "); got != test.want || s.User() != last.User {
				t.Errorf("%s, %s the save: user %q, keys %q, want %q", test.name, when, s.User(), got, test.want)
			}
		}
		b.request(func(s *core.Session) {
			s.Set("late", 1)
			for _, l := range test.logins {
				s.LoginWith(l)
				s.Set(l.User, 1)
			}
			look("before", s)
		})
		b.request(func(s *core.Session) { look("after", s) })
	}
}

// R42: a confirmation changes the id, the level and both clocks, and nothing else.
func TestConfirm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			name  string
			login core.Login
			want  time.Duration // from the confirmation to the deadline, after an hour
		}{
			{"a login", core.Login{}, 12 * time.Hour},
			{"a remembered one", core.Login{Remember: true}, 720 * time.Hour},
			{"its own lifetimes", core.Login{Lifetimes: core.AAL2}, 24 * time.Hour},
			{"an end", core.Login{Until: time.Now().Add(3 * time.Hour)}, 2 * time.Hour},
		} {
			b := newBrowser(t, &core.Options{IdleTimeout: 2 * time.Hour})
			l := test.login
			l.User, l.Device, l.External = "ada", "phone", core.External{Issuer: "i", ID: "42"}
			if !l.Until.IsZero() {
				l.Until = time.Now().Add(3 * time.Hour)
			}
			b.request(func(s *core.Session) { s.Set("cart", "book"); s.LoginWith(l) })
			before, old := b.list("ada")[0], b.cookie
			time.Sleep(time.Hour - time.Minute)
			h := b.request(func(s *core.Session) {
				s.Get("cart")
				time.Sleep(time.Minute) // while the handler checks the password
				s.Confirm(3)
				if s.User() != "ada" || s.Level() != 3 {
					t.Errorf("%s, before the save: user %q, level %d", test.name, s.User(), s.Level())
				}
			})
			after := b.list("ada")[0]
			if slices.Equal(old, b.cookie) || (maxAge(h) == "session") == l.Remember {
				t.Errorf("%s: Confirm sets %q", test.name, h.SetCookie)
			}
			if left := after.Deadline.Sub(after.LoggedIn); left != test.want ||
				after.LoggedIn.Sub(before.LoggedIn) != time.Hour || after.Level != 3 {
				t.Errorf("%s: logged in after %v, for %v, level %d; want 1h, %v, 3",
					test.name, after.LoggedIn.Sub(before.LoggedIn), left, after.Level, test.want)
			}
			after.LoggedIn, after.Deadline, after.LastUsed, after.Level = before.LoggedIn, before.Deadline, before.LastUsed, 1
			if fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("%s: Confirm changed\n%v to\n%v", test.name, before, after)
			}
			b.request(func(s *core.Session) {
				if s.Get("cart") != "book" {
					t.Errorf("%s: Confirm lost the data", test.name)
				}
			})
			b.cookie = old
			if user := b.start().User(); user != "" {
				t.Errorf("%s: the old id reads as %q", test.name, user)
			}
		}
	})
}

// An end that an identity provider gave holds however slow the handlers are, and
// however often the user confirms.
func TestNothingMovesAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, nil)
		end := time.Now().Add(time.Hour)
		b.request(func(s *core.Session) {
			s.LoginWith(core.Login{User: "ada", Until: end})
			time.Sleep(time.Minute)
		})
		for range 3 {
			b.request(func(s *core.Session) {
				s.User()
				time.Sleep(time.Minute)
				s.Confirm(2)
				time.Sleep(time.Minute)
			})
		}
		if got := b.list("ada")[0].Deadline; got.After(end) || end.Sub(got) > time.Second {
			t.Errorf("the login ends at %v, want %v", got, end)
		}
		// A request that is slower still does not make a session without end.
		s := b.start()
		s.Confirm(3)
		time.Sleep(2 * time.Hour)
		_, _ = b.commit(s)
		if n := b.store.Len(); n != 0 {
			t.Errorf("%d sessions live after the end", n)
		}
	})
}

// A session that was ended while its user confirmed stays ended: only a login makes
// a new one.
func TestAConfirmationOfAnEndedSessionEndsNothingAndMakesNothing(t *testing.T) {
	for name, end := range map[string]func(b *browser){
		"a logout":       func(b *browser) { b.request(func(s *core.Session) { s.Logout() }) },
		"EndAll":         func(b *browser) { _, _ = b.m.EndAll(t.Context(), "ada") },
		"a confirmation": func(b *browser) { b.request(func(s *core.Session) { s.Confirm(2) }) },
	} {
		for _, change := range []string{"Confirm", "Unlock"} {
			b := newBrowser(t, nil)
			b.request(func(s *core.Session) { s.Login("ada") })
			slow := b.start()
			if change == "Confirm" {
				slow.Confirm(2)
			} else {
				slow.Unlock()
			}
			end(b)
			left := b.store.Len()
			b.told()
			h, err := b.m.Commit(slow)
			if err != nil || len(h.SetCookie) > 0 || b.store.Len() != left || b.told() != "gone" || slow.User() != "" {
				t.Errorf("%s after %s: error %v, cookies %q, %d sessions of %d, user %q",
					change, name, err, h.SetCookie, b.store.Len(), left, slow.User())
			}
		}
	}
}

// Confirm in the request of the login is about that login, also when nobody knows
// whether it is stored.
func TestConfirmAfterALoginOfTheSameRequest(t *testing.T) {
	for _, fails := range []int{0, 2} {
		for _, guest := range []bool{false, true} {
			keep := newFaulty(replyLost)
			b := browserOn(t, keep, nil)
			if keep.op = "create"; guest {
				b.request(func(s *core.Session) { s.Set("k", 1) })
				keep.op = "renew"
			}
			keep.attempts = fails
			b.request(func(s *core.Session) {
				s.LoginWith(core.Login{User: "ada", Remember: true, Device: "phone"})
				if err := s.Save(t.Context()); (err != nil) != (fails > 0) {
					t.Fatalf("Save: %v", err)
				}
				s.Confirm(2)
				if s.User() != "ada" || s.Level() != 2 {
					t.Errorf("%d replies lost, guest %v: user %q, level %d", fails, guest, s.User(), s.Level())
				}
			})
			list := b.list("ada")
			if len(list) != 1 || list[0].Level != 2 || list[0].Device != "phone" ||
				list[0].Deadline.Sub(list[0].LoggedIn) != 720*time.Hour {
				t.Errorf("%d replies lost, guest %v: %+v", fails, guest, list)
			}
		}
	}
}

// The answer with the new cookie may not have reached the browser when it sends
// the logout.
func TestALogoutWithAFormerCookie(t *testing.T) {
	for _, test := range []struct {
		after    time.Duration // the renewal
		sessions int
	}{{19 * time.Second, 0}, {21 * time.Second, 1}} {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Login("ada") })
		former := b.cookie
		b.request(func(s *core.Session) { s.Renew() })
		b.store.Advance(test.after)
		b.cookie = former
		b.request(func(s *core.Session) { s.Logout() })
		if got := b.store.Len(); got != test.sessions {
			t.Errorf("a logout %v after the renewal leaves %d sessions, want %d", test.after, got, test.sessions)
		}
	}
}
