package core_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// program begins a request with a bearer token and the browser's cookie.
func (b *browser) program(token string) *core.Session {
	header := http.Header{"Authorization": {"Bearer " + token}}
	return b.m.StartFor(b.t.Context(), &fake{header: header.Get, cookies: b.cookie})
}

// issue logs the user in, in a request with the browser's cookie, and returns the token.
func (b *browser) issue(user string) string {
	b.t.Helper()
	var token string
	b.request(func(s *core.Session) {
		var err error
		s.Login(user)
		if token, err = s.Token(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
	})
	return token
}

func TestWhatTokenGivesOut(t *testing.T) {
	on := &core.Options{Bearer: true}
	for _, test := range []struct {
		name    string
		options *core.Options
		before  func(s *core.Session) // in an earlier request, whose cookie comes back
		do      func(s *core.Session)
		fail    string // the call to the store that fails
		want    string // in the error; "" if there is a token
		calls   string
	}{
		{"a login", on, nil, func(s *core.Session) { s.Login("ada") }, "", "", "new place create"},
		{"a guest", on, nil, func(s *core.Session) { s.Set("k", 1) }, "", "", "new place create"},
		{"a guest who logs in", on, set, func(s *core.Session) { s.Login("ada") }, "", "", "load renew"},
		{"nobody", on, nil, nothing, "", "no session is stored", ""},
		{"a stored session in a cookie", on, set, nothing, "", "the session is in a cookie", "load"},
		{"one that was changed", on, set, func(s *core.Session) { s.Set("k", 2) }, "", "the session is in a cookie", "save load"},
		{"one that was renewed", on, set, func(s *core.Session) { s.Renew() }, "", "the session is in a cookie", "load renew"},
		{"one that was confirmed", on, logIn, func(s *core.Session) { s.Confirm(2) }, "", "", "load renew"},
		{"after a logout", on, set, func(s *core.Session) { s.Logout() }, "", "no session is stored", "destroy"},
		{"not stored", on, nil, func(s *core.Session) { s.Login("ada") }, "create", errDown.Error(), "new place create create"},
		{"not read", on, set, nothing, "load", errDown.Error(), "load load"},
		{"without the option", nil, nil, func(s *core.Session) { s.Login("ada") }, "", "Options.Bearer is not set", ""},
	} {
		b := newBrowser(t, test.options)
		if test.before != nil {
			b.request(test.before)
		}
		b.store.failOn = map[string]error{test.fail: errDown}
		b.store.took()
		s := b.start()
		test.do(s)
		token, err := s.Token(t.Context())
		if got := b.store.took(); got != test.calls {
			t.Errorf("%s: calls %q, want %q", test.name, got, test.calls)
		}
		if test.want != "" {
			if err == nil || !strings.Contains(err.Error(), test.want) || token != "" {
				t.Errorf("%s: token %t, error %v, want %q", test.name, token != "", err, test.want)
			}
			continue
		}
		if err != nil || token != s.CurrentID()+"."+b.m.Sign(s.CurrentID()) {
			t.Errorf("%s: the token is not what a cookie would hold; error %v", test.name, err)
		}
		h, err := b.commit(s)
		if err != nil || h.Token != token || len(h.SetCookie) > 0 || !h.NoStore {
			t.Errorf("%s: the response has the token: %t, cookies %d, no-store %t, error %v",
				test.name, h.Token == token, len(h.SetCookie), h.NoStore, err)
		}
	}
}

func set(s *core.Session)     { s.Set("k", 1) }
func logIn(s *core.Session)   { s.Login("ada") }
func nothing(s *core.Session) {}

// The headers with a Set-Cookie have left, so that is where the token is.
func TestATokenIsNotGivenOutAfterItsCookie(t *testing.T) {
	b := newBrowser(t, &core.Options{Bearer: true})
	s := b.start()
	s.Login("ada")
	if h, err := b.commit(s); err != nil || len(h.SetCookie) != 1 {
		t.Fatalf("cookies %d, error %v", len(h.SetCookie), err)
	}
	if token, err := s.Token(t.Context()); err == nil {
		t.Errorf("a token of %d bytes, want an error", len(token))
	}
}

func TestWhatAProgramIsToldOfItsToken(t *testing.T) {
	b := newBrowser(t, &core.Options{Bearer: true, Cookie: core.Cookie{Persistent: true}})
	token := b.issue("ada")
	for _, test := range []struct {
		name    string
		do      func(s *core.Session)
		renewed bool
		after   string // the user of the next request
	}{
		{"a read", func(s *core.Session) { s.User() }, false, "ada"},
		{"a change", set, false, "ada"},
		{"a token asked for again", func(s *core.Session) { _, _ = s.Token(t.Context()) }, false, "ada"},
		{"Renew", func(s *core.Session) { s.Renew() }, true, "ada"},
		{"Confirm", func(s *core.Session) { s.Confirm(2) }, true, "ada"},
		{"a login", func(s *core.Session) { s.Login("bob") }, true, "bob"},
		{"a renewal that was saved", func(s *core.Session) { s.Renew(); _ = s.Save(t.Context()) }, true, "bob"},
		{"a logout", func(s *core.Session) { s.Logout() }, false, ""},
	} {
		former := token
		b.store.Advance(5 * time.Minute) // so that a persistent cookie would be due
		s := b.program(token)
		test.do(s)
		h, err := b.m.Commit(s)
		if err != nil || len(h.SetCookie) > 0 || (h.Token != "") != test.renewed {
			t.Errorf("%s: cookies %d, a token %t, error %v", test.name, len(h.SetCookie), h.Token != "", err)
		}
		if test.renewed {
			token = h.Token
		}
		if got := b.program(token).User(); got != test.after {
			t.Errorf("%s: then the user is %q, want %q", test.name, got, test.after)
		}
		if got := b.program(former).User(); test.renewed && got != "" {
			t.Errorf("%s: the former token's user is %q", test.name, got)
		}
	}
}

// A login that Save stored stays one, though the response is a 503: the former token is dead.
func TestAFailureAfterALoginBringsTheNewToken(t *testing.T) {
	b := newBrowser(t, &core.Options{Bearer: true})
	s := b.program(b.issue("ada"))
	s.Renew()
	if err := s.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.store.failOn["save"] = errDown
	s.Set("k", 1)
	h, err := b.m.Commit(s)
	if !errors.Is(err, errDown) || !h.NoStore || b.program(h.Token).User() != "ada" {
		t.Errorf("error %v, no-store %t, a token %t", err, h.NoStore, h.Token != "")
	}
}

// A redirect may lead to a server that is not ours. net/http takes away only what
// the request had before the RoundTripper.
func TestTheClientOfTheGuideSendsItsTokenToItsServerAlone(t *testing.T) {
	got := ""
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		w.Header().Set("Set-Auth-Token", "planted")
	}))
	defer foreign.Close()
	own := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Auth-Token", "ours")
		http.Redirect(w, r, foreign.URL, http.StatusSeeOther)
	}))
	defer own.Close()
	transport := &withToken{next: http.DefaultTransport, origin: own.URL}
	answer, err := (&http.Client{Transport: transport}).Get(own.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if got != "" || transport.token != "ours" {
		t.Errorf("the other server got %q, and the client has the token %q", got, transport.token)
	}
}

func TestStartToken(t *testing.T) {
	for name, cookie := range map[string]core.Cookie{"one cookie": {}, "two cookies": {MACName: "mac"}} {
		b := newBrowser(t, &core.Options{Bearer: true, Cookie: cookie})
		token := b.issue("ada")
		for text, want := range map[string]string{token: "ada", token + "x": "", "": "", "Bearer " + token: ""} {
			if got := b.m.StartToken(t.Context(), text).User(); got != want {
				t.Errorf("%s: the user is %q, want %q", name, got, want)
			}
		}
		s := b.m.StartToken(t.Context(), token)
		s.Set("k", 1)
		if err := s.Save(t.Context()); err != nil {
			t.Errorf("%s: a change of a stored session: %v", name, err)
		}
		if again, err := s.Token(t.Context()); again != token || err != nil {
			t.Errorf("%s: Token returns another one, or the error %v", name, err)
		}
		s.Renew()
		if err := s.Save(t.Context()); !errors.Is(err, core.ErrTooLate) {
			t.Errorf("%s: a new token that nobody would get: %v, want ErrTooLate", name, err)
		}
	}
	b := newBrowser(t, nil)
	s := b.start()
	s.Login("ada")
	if _, err := b.commit(s); err != nil {
		t.Fatal(err)
	}
	if got := b.m.StartToken(t.Context(), s.CurrentID()+"."+b.m.Sign(s.CurrentID())).User(); got != "" {
		t.Errorf("without the option the user is %q", got)
	}
}

func TestTheChallengeOfARefusal(t *testing.T) {
	b := newBrowser(t, &core.Options{Bearer: true})
	ada, guest := b.issue("ada"), ""
	b.cookie = nil
	b.request(func(s *core.Session) { s.Set("k", 1); guest, _ = s.Token(t.Context()) })
	const bearer, stronger = `Bearer realm="session"`, `, error="insufficient_user_authentication"`
	for _, test := range []struct {
		name  string
		s     *core.Session
		guard core.Guard
		want  string
	}{
		{"no token", b.another().start(), core.Guard{}, bearer},
		{"no token, and people go to the login page", b.another().start(), core.Guard{LoginURL: "/login"}, ""},
		{"forged", b.program("forged"), core.Guard{LoginURL: "/login"}, bearer + `, error="invalid_token"`},
		{"without a login", b.program(guest), core.Guard{}, bearer + stronger},
		{"too weak", b.program(ada), core.Guard{Level: 2}, bearer + stronger},
		{"too old", b.program(ada), core.Guard{MaxAge: time.Minute}, bearer + stronger + `, max_age="60"`},
		{"let in", b.program(ada), core.Guard{}, ""},
	} {
		b.store.Advance(2 * time.Minute)
		_ = test.guard.Check(core.NewContext(t.Context(), test.s), people)
		if h, err := b.m.Commit(test.s); h.Challenge != test.want || err != nil {
			t.Errorf("%s: challenge %q, want %q; error %v", test.name, h.Challenge, test.want, err)
		}
	}
}

// people is a navigation.
var people = &fake{method: http.MethodGet, target: "/", header: http.Header{"Accept": {"text/html"}}.Get}

func TestALogoutAfterTokenLeavesNothingToSend(t *testing.T) {
	b := newBrowser(t, &core.Options{Bearer: true})
	b.request(set)
	h := b.request(func(s *core.Session) {
		s.Login("ada")
		if _, err := s.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Logout()
	})
	if h.Token != "" || len(h.SetCookie) > 0 {
		t.Errorf("a token of %d bytes and %d cookies, want neither", len(h.Token), len(h.SetCookie))
	}
}

// CookieFor is asked about cookies alone.
func TestATokenNeedsNoCookie(t *testing.T) {
	asked := 0
	b := newBrowser(t, &core.Options{Bearer: true, CookieFor: func(_ adapter.Request, c core.Cookie) core.Cookie {
		asked++
		return c
	}})
	token := b.issue("ada")
	b.request(func(s *core.Session) { s.Login("bob") })
	s := b.program(token)
	s.Renew()
	if h, err := b.m.Commit(s); err != nil || h.Token == "" || asked != 1 {
		t.Errorf("a token %t, CookieFor was asked %d times, error %v", h.Token != "", asked, err)
	}
}

// R33
func FuzzBearerHeader(f *testing.F) {
	b := newSessions(&core.Options{Bearer: true})
	id := strings.Repeat("p", 44) // the same in every process of the fuzzer
	token := id + "." + b.Sign(id)
	for _, seed := range []string{"Bearer " + token, "bearer  " + token + " ", "Basic " + token, "Bearer " + token + "," + token,
		"Bearer\t" + token, token, "Bearer", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := &fake{header: func(string) string { return header }}
		got := b.StartFor(t.Context(), r).CookieID()
		fields := strings.Split(strings.Trim(header, " \t"), " ")
		valid := len(fields) > 1 && strings.ToLower(fields[0]) == "bearer" && fields[len(fields)-1] == token &&
			strings.Join(fields[1:len(fields)-1], "") == ""
		if want := map[bool]string{true: id}[valid]; got != want {
			t.Errorf("header %q gives the id %q, want %q", header, got, want)
		}
	})
}
