package core_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

const day = 24 * time.Hour

func loginRemembered(s *core.Session) {
	s.LoginWith(core.Login{User: "ada", Remember: true})
}

// R43: the persistent cookie ends with the session: Max-Age is what the session has
// left, rounded up to a second, and at most 400 days.
func TestThePersistentCookieEndsWithTheSession(t *testing.T) {
	life := func(idle, absolute time.Duration) core.Lifetimes {
		return core.Lifetimes{Idle: idle, Absolute: absolute}
	}
	for _, test := range []struct {
		name     string
		remember core.Lifetimes
		login    core.Login
		change   func(s *core.Session) // 8 days later
		first    string
		then     string
	}{
		{"read", core.Lifetimes{}, core.Login{}, func(s *core.Session) { s.User() }, "1209600", "1209600"},
		{"near the deadline", life(14*day, 15*day), core.Login{}, func(s *core.Session) { s.User() },
			"1209600", "604800"},
		{"Renew", core.Lifetimes{}, core.Login{}, func(s *core.Session) { s.Renew() }, "1209600", "1209600"},
		{"Renew near the deadline", life(10*day, 10*day), core.Login{}, func(s *core.Session) { s.Renew() },
			"864000", "172800"},
		{"Confirm", life(10*day, 10*day), core.Login{}, func(s *core.Session) { s.Confirm(1) }, "864000", "864000"},
		{"a login that is not remembered", core.Lifetimes{}, core.Login{},
			func(s *core.Session) { s.Login("ada") }, "1209600", "session"},
		{"a logout", core.Lifetimes{}, core.Login{}, func(s *core.Session) { s.Logout() }, "1209600", "0"},
		{"a session that locks", core.Lifetimes{Idle: day, Absolute: 10 * day, Locks: true}, core.Login{},
			func(s *core.Session) { s.User() }, "864000", ""},
		{"Unlock", core.Lifetimes{Idle: day, Absolute: 10 * day, Locks: true}, core.Login{},
			func(s *core.Session) { s.Unlock() }, "864000", "172800"},
		{"an end", core.Lifetimes{}, core.Login{Until: time.Now().Add(9 * day)},
			func(s *core.Session) { s.User() }, "777600", "86400"},
		{"parts of seconds", life(9*day-time.Millisecond, 9*day), core.Login{},
			func(s *core.Session) { s.User() }, "777600", "86400"},
		{"years", life(1000*day, 2000*day), core.Login{}, func(s *core.Session) { s.Renew() }, "34560000", "34560000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			left := time.Until(test.login.Until).Round(day)
			synctest.Test(t, func(t *testing.T) {
				b := newBrowser(t, &core.Options{Remember: test.remember})
				if !test.login.Until.IsZero() {
					test.login.Until = time.Now().Add(left)
				}
				test.login.User, test.login.Remember = "ada", true
				first := b.request(func(s *core.Session) { s.LoginWith(test.login) })
				time.Sleep(8 * day)
				then := b.request(test.change)
				if maxAge(first) != test.first || maxAge(then) != test.then {
					t.Errorf("the login sets Max-Age %q, %s %q; want %q, %q",
						maxAge(first), test.name, maxAge(then), test.first, test.then)
				}
			})
		})
	}
}

// Whatever the requests do, the cookie is sent at most ten times in an idle period,
// and never ends much before the session: a browser that comes every day stays
// signed in until the deadline.
func TestThePersistentCookieIsRefreshed(t *testing.T) {
	for name, use := range map[string]func(s *core.Session){
		"reads":          func(s *core.Session) { s.User() },
		"reads, writes":  func(s *core.Session) { s.User(); s.Set("seen", time.Now()) },
		"writes, reads":  func(s *core.Session) { s.Set("seen", time.Now()); s.User() },
		"saves":          func(s *core.Session) { s.User(); s.Set("seen", time.Now()); _ = s.Save(t.Context()) },
		"saves too soon": func(s *core.Session) { s.User(); s.Set("seen", 1); _ = s.Save(t.Context()); s.Set("seen", 2) },
	} {
		for _, every := range []time.Duration{time.Hour, 20 * time.Hour, day, 13 * day} {
			synctest.Test(t, func(t *testing.T) {
				b := newBrowser(t, nil)
				ends := time.Now()
				sent := 0
				keep := func(h adapter.Headers) {
					if age := maxAge(h); age != "" {
						seconds, err := strconv.Atoi(age)
						if err != nil {
							t.Fatalf("Max-Age is %q", age)
						}
						sent, ends = sent+1, time.Now().Add(time.Duration(seconds)*time.Second)
					}
				}
				keep(b.request(loginRemembered))
				deadline := b.list("ada")[0].Deadline
				sent = 0
				for time.Now().Add(every).Before(deadline) {
					time.Sleep(every)
					if !time.Now().Before(ends) {
						t.Fatalf("%s every %v: the browser drops the cookie %v before the deadline",
							name, every, time.Until(deadline))
					}
					keep(b.request(use))
				}
				// Two idle periods and a part of one.
				if sent > 22 {
					t.Errorf("%s every %v: %d cookies in 30 days", name, every, sent)
				}
				if missing := min(14*day, time.Until(deadline)) - time.Until(ends); missing > 14*day/10 {
					t.Errorf("%s every %v: the cookie ends %v before the session", name, every, missing)
				}
			})
		}
	}
}

// A cookie that the browser forgets is not sent again.
func TestACookieThatIsNotPersistentIsSentOnce(t *testing.T) {
	forRequest := func(_ adapter.Request, c core.Cookie) core.Cookie { c.Persistent = true; return c }
	for _, test := range []struct {
		options core.Options
		want    string
	}{
		{core.Options{}, ""}, {core.Options{Cookie: core.Cookie{Persistent: true}}, "1800"},
		{core.Options{CookieFor: forRequest}, "1800"},
		{core.Options{Cookie: core.Cookie{
			MACName: "mac", Persistent: true, SameSite: http.SameSiteNoneMode, Partitioned: true,
		}}, "1800"},
	} {
		b := newBrowser(t, &test.options)
		b.request(logIn)
		b.store.Advance(20 * time.Minute)
		if got := maxAge(b.request(func(s *core.Session) { s.User() })); got != test.want {
			t.Errorf("%+v: a refresh sends %q, want %q", test.options, got, test.want)
		}
	}
}

func TestParallelRequestsRefreshTheSameCookie(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(loginRemembered)
	before := slices.Clone(b.cookie)
	b.store.Advance(2 * day)
	first, second := b.start(), b.start()
	first.User()
	second.User()
	for _, s := range []*core.Session{first, second} {
		h, err := b.commit(s)
		if err != nil || maxAge(h) != "1209600" || !slices.Equal(b.cookie, before) {
			t.Errorf("error %v, cookies %q; want the cookie %q for another 14 days", err, h.SetCookie, before)
		}
	}
}

// H6: a slow request that was stored before another one changed the id must not
// bring the old cookie back.
func TestARefreshedCookieUndoesNoRenewal(t *testing.T) {
	for name, renew := range map[string]func(s *core.Session){
		"Renew": func(s *core.Session) { s.Renew() }, "Confirm": func(s *core.Session) { s.Confirm(2) },
		"Login": loginRemembered, "Logout": func(s *core.Session) { s.Logout() },
	} {
		b := newBrowser(t, nil)
		b.request(loginRemembered)
		b.store.Advance(2 * day)
		slow := b.start()
		slow.User()
		slow.Set("k", 1)
		if err := slow.Save(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.request(renew)
		if h, err := b.m.Commit(slow); err != nil || len(h.SetCookie) > 0 {
			t.Errorf("%s: a slow request sets %q, error %v", name, h.SetCookie, err)
		}
	}
}

// R43: two logins of one Manager, one remembered, each dead exactly at its own
// idle and absolute end.
func TestTwoLoginsOfOneManager(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain := newBrowser(t, nil)
		remembered := plain.another()
		logins := func() {
			plain.request(func(s *core.Session) { s.Login("ada") })
			remembered.request(loginRemembered)
		}
		alive := func(what string, want string) {
			t.Helper()
			var got []string
			for _, u := range plain.list("ada") {
				got = append(got, map[bool]string{false: "plain", true: "remembered"}[u.Remembered])
			}
			if slices.Sort(got); strings.Join(got, " ") != want {
				t.Errorf("%s: alive are %q, want %q", what, got, want)
			}
		}
		const most = time.Millisecond
		logins()
		time.Sleep(30*time.Minute - most)
		alive("before the idle timeout", "plain remembered")
		time.Sleep(most)
		alive("at the idle timeout", "remembered")
		time.Sleep(14*day - 30*time.Minute - most)
		alive("before the longer one", "remembered")
		time.Sleep(most)
		alive("at the longer one", "")

		logins()
		start := time.Now()
		use := func(until, every time.Duration) {
			for time.Since(start)+every < until {
				time.Sleep(every)
				plain.request(func(s *core.Session) { s.User() })
				remembered.request(func(s *core.Session) { s.User() })
			}
			time.Sleep(until - most - time.Since(start))
		}
		use(12*time.Hour, 20*time.Minute)
		alive("before the deadline", "plain remembered")
		time.Sleep(most)
		alive("at the deadline", "remembered")
		use(30*day, 7*day)
		alive("before the longer deadline", "remembered")
		time.Sleep(most)
		alive("at the longer deadline", "")
	})
}
