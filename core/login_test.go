package core_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// P8, R23: a login changes the id, keeps what an anonymous visitor collected, and the old id is dead at once.
func TestLoginChangesTheID(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Set("cart", "book") })
	planted := b.cookie
	b.store.took()
	h := b.request(func(s *core.Session) { s.Login("ada") })
	if got := b.store.took(); got != "load renew" || len(h.SetCookie) != 1 || slices.Equal(planted, b.cookie) {
		t.Errorf("a login took %q and set %q after %q", got, h.SetCookie, planted)
	}
	b.request(func(s *core.Session) {
		if s.User() != "ada" || s.Get("cart") != "book" {
			t.Errorf("after the login: user %q, cart %v", s.User(), s.Get("cart"))
		}
	})
	b.cookie = planted
	h = b.request(func(s *core.Session) {
		if s.User() != "" || !s.IsNew() || len(s.Keys()) != 0 {
			t.Errorf("the old id still reads as user %q with %q", s.User(), s.Keys())
		}
		s.Set("x", 1)
		if err := s.Save(t.Context()); !errors.Is(err, core.ErrGone) {
			t.Errorf("Save under the old id: %v, want ErrGone", err)
		}
	})
	if len(h.SetCookie) > 0 || b.store.Len() != 1 {
		t.Errorf("a request with the old id set %q and left %d sessions, want none and 1", h.SetCookie, b.store.Len())
	}
}

// The same for a request that writes without reading: it meets the mark only when it saves.
func TestAWriteUnderARenewedIDIsDiscarded(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Set("k", 1) })
	slow := b.start()
	b.request(func(s *core.Session) { s.Login("ada") })
	b.told()
	slow.Set("k", 2)
	if h, err := b.m.Commit(slow); err != nil || len(h.SetCookie) > 0 || b.store.Len() != 1 || b.told() != "gone" {
		t.Errorf("error %v, cookies %q, %d sessions; want none, none and 1", err, h.SetCookie, b.store.Len())
	}
	b.request(func(s *core.Session) {
		if s.User() != "ada" || s.Get("k") != 1.0 {
			t.Errorf("the renewed session has user %q and value %v", s.User(), s.Get("k"))
		}
	})
}

func TestLoginAsSomebodyElseDropsTheData(t *testing.T) {
	for _, test := range []struct{ second, want string }{{"ada", "before now"}, {"bob", "now"}} {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Login("ada"); s.Set("before", 1) })
		b.request(func(s *core.Session) {
			s.Set("before", 2)
			s.Login(test.second)
			s.Set("now", 3)
			if got := strings.Join(s.Keys(), " "); got != test.want {
				t.Errorf("ada, then %s, before the save: keys %q, want %q", test.second, got, test.want)
			}
		})
		b.request(func(s *core.Session) {
			if got := strings.Join(s.Keys(), " "); got != test.want || s.User() != test.second {
				t.Errorf("ada, then %s: user %q, keys %q, want %q", test.second, s.User(), got, test.want)
			}
		})
	}
}

func TestTwoLoginsInOneRequestShareNothing(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) {
		s.Set("anonymous", 1)
		s.Login("ada")
		s.Set("ada's", 1)
		s.Login("bob")
	})
	b.request(func(s *core.Session) {
		if s.User() != "bob" || len(s.Keys()) != 0 {
			t.Errorf("user %q has keys %q, want none", s.User(), s.Keys())
		}
	})
}

// R24: after a logout no read sees the session, whatever was on its way. P1, H2: nothing brings it back.
func TestALogoutIsFinalForRequestsInFlight(t *testing.T) {
	for _, test := range []struct {
		name string
		late func(s *core.Session)
		gone bool
	}{
		{"reads", func(s *core.Session) { s.Get("k") }, false},
		{"saves", func(s *core.Session) { s.Set("k", 2) }, true},
		{"deletes", func(s *core.Session) { s.Delete("k") }, true},
		{"renews", func(s *core.Session) { s.Renew() }, true},
		{"logs out, too", func(s *core.Session) { s.Logout() }, false},
	} {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Login("ada"); s.Set("k", 1) })
		cookie := b.cookie
		slow := b.start()
		slow.User()
		b.request(func(s *core.Session) { s.Logout() })
		b.told()
		test.late(slow)
		h, err := b.m.Commit(slow)
		if err != nil || b.store.Len() != 0 {
			t.Errorf("a request that %s after a logout: error %v, %d sessions alive", test.name, err, b.store.Len())
		}
		if user := slow.User(); user != "" && (test.gone || h.SetCookie != nil) {
			t.Errorf("a request that %s after a logout goes on as %q", test.name, user)
		}
		if events := b.told(); (events == "gone") != test.gone {
			t.Errorf("a request that %s after a logout: events %q", test.name, events)
		}
		for _, line := range h.SetCookie {
			if !strings.Contains(line, "Max-Age=0") {
				t.Errorf("a request that %s after a logout sets %q", test.name, line)
			}
		}
		b.cookie = cookie
		if user := b.start().User(); user != "" {
			t.Errorf("after a logout, the old cookie reads as %q", user)
		}
	}
}

// R25.
func TestALogoutThatCannotReachTheStoreIsAnError(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Login("ada") })
	b.store.failOn["destroy"] = errDown
	s := b.start()
	s.Logout()
	h, err := b.commit(s)
	if adapter.HTTPStatus(err) != 503 || !errors.Is(err, errDown) || len(h.SetCookie) > 0 {
		t.Errorf("logout: error %v, cookies %q; want a 503 and none", err, h.SetCookie)
	}
}

// Destroy follows a renewal: the logout in one tab also ends what the other tab has just renewed.
func TestALogoutEndsASessionThatWasRenewedMeanwhile(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Login("ada") })
	for name, look := range map[string]func(s *core.Session){
		"having read it before": func(s *core.Session) { s.User() },
		"without reading it":    func(*core.Session) {},
	} {
		b.request(func(s *core.Session) { s.Login("ada") })
		slow := b.start()
		look(slow)
		b.request(func(s *core.Session) { s.Renew() })
		slow.Logout()
		if _, err := b.m.Commit(slow); err != nil || b.store.Len() != 0 {
			t.Errorf("a logout %s, after a renewal: error %v, %d sessions alive", name, err, b.store.Len())
		}
	}
	b.request(func(s *core.Session) { s.Login("ada") })
	late := b.start()
	b.request(func(s *core.Session) { s.Renew() })
	if late.User() != "" {
		t.Error("the old id reads as a login")
	}
	late.Logout()
	if _, err := b.m.Commit(late); err != nil || b.store.Len() != 0 {
		t.Errorf("a logout that found its id renewed: error %v, %d sessions alive", err, b.store.Len())
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

// A response that streams may have made its session itself, without a cookie in
// the request.
func TestALogoutInAStreamEndsASessionThatWasRenewedMeanwhile(t *testing.T) {
	b := newBrowser(t, nil)
	stream := b.start()
	stream.Set("k", 1)
	if _, err := b.commit(stream); err != nil {
		t.Fatal(err)
	}
	b.request(func(s *core.Session) { s.Login("ada") })
	stream.Set("k", 2)
	if err := stream.Save(t.Context()); !errors.Is(err, core.ErrGone) {
		t.Errorf("a save after a renewal: %v, want ErrGone", err)
	}
	stream.Logout()
	if err := stream.Save(t.Context()); err != nil || b.store.Len() != 0 {
		t.Errorf("then a logout: error %v, %d sessions alive", err, b.store.Len())
	}
}

func TestWhatIsSetAfterALogoutBelongsToANewSession(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Login("ada"); s.Set("secret", 1) })
	old := b.cookie
	b.store.took()
	b.request(func(s *core.Session) {
		s.Logout()
		s.Set("flash", "bye")
		if s.User() != "" || s.Get("secret") != nil {
			t.Errorf("right after Logout: user %q, secret %v", s.User(), s.Get("secret"))
		}
	})
	if got := b.store.took(); got != "destroy place create" || slices.Equal(old, b.cookie) {
		t.Errorf("calls %q, cookie %q after %q", got, b.cookie, old)
	}
	b.request(func(s *core.Session) {
		if got := strings.Join(s.Keys(), " "); got != "flash" || s.User() != "" {
			t.Errorf("the new session has user %q and keys %q", s.User(), got)
		}
	})
}

func TestALogoutWithoutASessionTakesAwayABadCookie(t *testing.T) {
	b := newBrowser(t, nil)
	for _, test := range []struct {
		cookie []string
		lines  int
	}{{nil, 0}, {[]string{"other=1"}, 0}, {[]string{"__Host-session=forged"}, 1}} {
		b.cookie = test.cookie
		h := b.request(func(s *core.Session) { s.Logout() })
		if len(h.SetCookie) != test.lines || b.store.took() != "" {
			t.Errorf("logout with %q sets %q and calls %q", test.cookie, h.SetCookie, b.store.took())
		}
	}
}

// Two logins at once, as by a double click: the second finds its id renewed. Its browser may have dropped the first answer.
func TestALoginThatFindsItsIDRenewedGetsASessionOfItsOwn(t *testing.T) {
	for name, look := range map[string]func(s *core.Session){
		"read before":    func(s *core.Session) { s.User() },
		"read afterward": func(*core.Session) {},
	} {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Set("cart", "book") })
		second := b.start()
		look(second)
		b.request(func(s *core.Session) { s.Login("ada") })
		second.Login("ada")
		h, err := b.commit(second)
		if err != nil || len(h.SetCookie) != 1 {
			t.Fatalf("%s: error %v, cookies %q", name, err, h.SetCookie)
		}
		b.request(func(s *core.Session) {
			if s.User() != "ada" || s.Get("cart") != nil {
				t.Errorf("%s: user %q, cart %v; want ada and the cart left with the first login", name, s.User(), s.Get("cart"))
			}
		})
	}
}

func TestAnEmptyUserIsAnError(t *testing.T) {
	b := newBrowser(t, nil)
	s := b.start()
	s.Login("")
	if _, err := b.commit(s); err == nil || adapter.HTTPStatus(err) != 500 || b.store.Len() != 0 {
		t.Errorf("Login of nobody: error %v, %d sessions", err, b.store.Len())
	}
}

func TestRenewKeepsTheDataAndTheLogin(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Renew() })
	if got := b.store.took(); got != "" {
		t.Errorf("renewing no session took %q", got)
	}
	b.request(func(s *core.Session) { s.Login("ada"); s.Set("k", 1) })
	before := b.cookie
	b.store.took()
	b.request(func(s *core.Session) { s.Renew() })
	if got := b.store.took(); got != "load renew" || slices.Equal(before, b.cookie) {
		t.Errorf("renewing took %q, cookie %q after %q", got, b.cookie, before)
	}
	b.request(func(s *core.Session) {
		if s.User() != "ada" || s.Get("k") != 1.0 {
			t.Errorf("after the renewal: user %q, value %v", s.User(), s.Get("k"))
		}
	})
}
