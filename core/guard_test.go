package core_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
)

// R29: three answers. A store error is never "anonymous". What people and programs
// send is in the scenarios about guards.
func TestGuard(t *testing.T) {
	type h = map[string]string
	browser := h{"Accept": "text/html,application/xhtml+xml,application/json;q=0.5"}
	program := h{"Accept": "application/json"}
	preflight := h{"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
	const html = "text/html,application/xhtml+xml,*/*;q=0.8"
	login := core.Guard{LoginURL: "/login"}
	for _, test := range []struct {
		name     string
		guard    core.Guard
		user     string
		down     bool
		method   string
		target   string
		header   h
		status   int // 0: let through
		location string
	}{
		{"a login", login, "ada", false, "GET", "/a", browser, 0, ""},
		{"a login, zero guard", core.Guard{}, "ada", false, "GET", "/a", program, 0, ""},
		{"a browser", login, "", false, "GET", "/a?b=c&d=é", browser, 303, "/login?next=%2Fa%3Fb%3Dc%26d%3D%C3%A9"},
		{"a browser's HEAD", login, "", false, "HEAD", "/a", browser, 303, "/login?next=%2Fa"},
		{"a browser's POST", login, "", false, "POST", "/a", browser, 303, "/login"},
		{"no Accept at all", login, "", false, "GET", "/", nil, 401, ""},
		{"an image in HTML's clothes", login, "", false, "GET", "/", h{"Accept": html, "Sec-Fetch-Dest": "image"}, 401, ""},
		{"a WebSocket", login, "", false, "GET", "/", h{"Accept": html, "Upgrade": "websocket"}, 401, ""},
		{"a preflight", login, "", false, "OPTIONS", "/", preflight, 204, ""},
		{"OPTIONS without a preflight", login, "", false, "OPTIONS", "/", h{"Origin": "https://a.example"}, 401, ""},
		{"a preflight with a login", login, "ada", false, "OPTIONS", "/", preflight, 0, ""},
		{"a login page with a query", core.Guard{LoginURL: "/in?lang=de"}, "", false, "GET", "/a", browser, 303, "/in?lang=de&next=%2Fa"},
		{"a target in absolute form", login, "", false, "GET", "http://evil.example/a", browser, 303, "/login"},
		{"a target with two slashes", login, "", false, "GET", "//evil.example/a", browser, 303, "/login"},
		{"an XMLHttpRequest", login, "", false, "GET", "/a", h{"X-Requested-With": "XMLHttpRequest"}, 401, ""},
		{"fetch that accepts HTML", login, "", false, "GET", "/", h{"Accept": html, "Sec-Fetch-Mode": "cors"}, 401, ""},
		{"a browser's frame", login, "", false, "GET", "/", h{"Accept": html, "Sec-Fetch-Dest": "iframe"}, 303, "/login?next=%2F"},
		{"a program", login, "", false, "GET", "/a", program, 401, ""},
		{"a browser, zero guard", core.Guard{}, "", false, "GET", "/a", browser, 401, ""},
		{"a login, store down", login, "ada", true, "GET", "/a", browser, 503, ""},
		{"no login, store down", login, "", true, "GET", "/a", program, 503, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBrowser(t, nil)
			b.request(func(s *core.Session) {
				s.Set("k", 1)
				if test.user != "" {
					s.Login(test.user)
				}
			})
			if test.down {
				b.store.failOn["load"] = errDown
			}
			ctx := core.NewContext(t.Context(), b.start())
			r := fake{method: test.method, target: test.target, header: func(name string) string { return test.header[name] }}
			err := test.guard.Check(ctx, r)
			if err == nil {
				if test.status != 0 {
					t.Errorf("lets through, want %d", test.status)
				}
				return
			}
			a := adapter.NewAnswer(err, r)
			if a.Status != test.status || a.Location != test.location || errors.Is(err, errDown) != test.down {
				t.Errorf("answer %d %q (%v), want %d %q", a.Status, a.Location, err, test.status, test.location)
			}
		})
	}
}

// R42: what each guard wants of each login, and where it sends people.
func TestAGuardWantsAFreshLoginOfALevel(t *testing.T) {
	guards := []core.Guard{
		{LoginURL: "/login", ConfirmURL: "/confirm"},
		{LoginURL: "/login", ConfirmURL: "/confirm", MaxAge: 15 * time.Minute},
		{LoginURL: "/login", ConfirmURL: "/confirm", Level: 2},
		{LoginURL: "/login", Level: 2, MaxAge: 15 * time.Minute},
		{ConfirmURL: "/confirm?from=a", Level: 2},
	}
	login, confirm := "login /login?next=%2Fvault", " /confirm?next=%2Fvault"
	password := func(s *core.Session) { s.Login("ada") }
	second := func(s *core.Session) { s.LoginWith(core.Login{User: "ada", Level: 2}) }
	for _, test := range []struct {
		name string
		do   func(s *core.Session)
		pass time.Duration
		then func(s *core.Session)
		want [5]string
	}{
		{"nobody", nil, 0, nil, [5]string{login, login, login, login, "login 401"}},
		{"a guest", func(s *core.Session) { s.Set("k", 1) }, 0, nil, [5]string{login, login, login, login, "login 401"}},
		{"a password", password, 0, nil,
			[5]string{"", "", "level" + confirm, "level /login?next=%2Fvault", "level /confirm?from=a&next=%2Fvault"}},
		{"a second factor", second, 0, nil, [5]string{}},
		{"a second factor, 15 minutes ago", second, 15 * time.Minute, nil, [5]string{}},
		{"a second factor, just longer ago", second, 15*time.Minute + time.Millisecond, nil,
			[5]string{"", "fresh" + confirm, "", "fresh /login?next=%2Fvault", ""}},
		{"a second factor, confirmed", second, 20 * time.Minute, func(s *core.Session) { s.Confirm(2) }, [5]string{}},
		{"a second factor, confirmed with one", second, 20 * time.Minute, func(s *core.Session) { s.Confirm(1) },
			[5]string{"", "", "level" + confirm, "level /login?next=%2Fvault", "level /confirm?from=a&next=%2Fvault"}},
		{"a second factor, renewed", second, 20 * time.Minute, func(s *core.Session) { s.Renew() },
			[5]string{"", "fresh" + confirm, "", "fresh /login?next=%2Fvault", ""}},
		{"locked", second, time.Hour, nil, [5]string{"unlock" + confirm, "unlock" + confirm, "unlock" + confirm,
			"unlock /login?next=%2Fvault", "unlock /confirm?from=a&next=%2Fvault"}},
		{"locked, unlocked", second, time.Hour, func(s *core.Session) { s.Unlock() },
			[5]string{"", "fresh" + confirm, "", "fresh /login?next=%2Fvault", ""}},
		{"locked, logged in", second, time.Hour, second, [5]string{}},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBrowser(t, locking)
			if test.do != nil {
				b.request(test.do)
			}
			time.Sleep(test.pass)
			if test.then != nil {
				b.request(test.then)
			}
			for i, guard := range guards {
				for _, accept := range []string{"text/html", "application/json"} {
					b.store.took()
					r := fake{method: "GET", target: "/vault", header: http.Header{"Accept": {accept}}.Get}
					err := guard.Check(core.NewContext(t.Context(), b.start()), r)
					if calls := b.store.took(); calls != "load" && calls != "" {
						t.Errorf("%s, guard %d: calls %q", test.name, i, calls)
					}
					need, page, _ := strings.Cut(test.want[i], " ")
					checkRefusal(t, fmt.Sprintf("%s, guard %d, %s", test.name, i, accept), err, r, adapter.Need(need), page)
				}
			}
		})
	}
}

// checkRefusal compares the answer to a person, or to a program, with the one that
// is wanted: no need means that the request passes.
func checkRefusal(t *testing.T, what string, err error, r adapter.Request, need adapter.Need, page string) {
	t.Helper()
	refusal := new(adapter.Refusal)
	if err == nil || !errors.As(err, &refusal) || refusal.Needs != need {
		if err != nil || need != "" {
			t.Errorf("%s: %v needs %q, want %q", what, err, refusal.Needs, need)
		}
		return
	}
	a := adapter.NewAnswer(err, r)
	want := adapter.Answer{Status: 303, Location: page}
	if r.Header("Accept") != "text/html" {
		body := fmt.Sprintf(`{"error":"Login required.","needs":%q}`+"\n", need)
		want = adapter.Answer{Status: 401, Type: "application/json", Body: body}
	} else if page == "401" {
		want = adapter.Answer{Status: 401, Type: "text/plain; charset=utf-8", Body: "Login required.\n", Page: true}
	}
	if a != want {
		t.Errorf("%s: answer %+v, want %+v", what, a, want)
	}
}

// A login grows old while its request runs, and a new one is fresh at once.
func TestALoginGrowsOldDuringARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Login("ada") })
		s := b.start()
		guard := core.Guard{MaxAge: 15 * time.Minute}
		check := func(what string, need adapter.Need) {
			t.Helper()
			err := guard.Check(core.NewContext(t.Context(), s), fake{})
			refusal := new(adapter.Refusal)
			if errors.As(err, &refusal); refusal.Needs != need {
				t.Errorf("%s: %v, want that it needs %q", what, err, need)
			}
		}
		check("at once", "")
		time.Sleep(15*time.Minute + 1)
		check("later", adapter.NeedFresh)
		s.Confirm(1)
		check("confirmed", "")
		if err := s.Save(t.Context()); err != nil {
			t.Fatal(err)
		}
		check("confirmed and saved", "")
	})
}

// A refusal of a session that is locked names its user.
func TestARefusalNamesTheUser(t *testing.T) {
	b := newBrowser(t, locking)
	b.request(func(s *core.Session) { s.Login("ada") })
	for _, test := range []struct {
		pass  time.Duration
		guard core.Guard
		want  string
	}{{0, core.Guard{Level: 2}, "a login of a higher level required"}, {time.Hour, core.Guard{}, "the session is locked"}} {
		b.store.Advance(test.pass)
		b.events = nil
		_ = test.guard.Check(core.NewContext(t.Context(), b.start()), fake{})
		e := b.events[len(b.events)-1]
		if e.Kind != core.EventRefused || e.User != "ada" || e.Reason != test.want {
			t.Errorf("event %+v, want one of ada, %s", e, test.want)
		}
	}
}

// Check returns the type error, so what it returns for a login is nil when a handler passes it on.
func TestWhatAGuardReturnsForALoginIsNil(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Login("ada") })
	handler := func(ctx context.Context, r adapter.Request) error { return core.Guard{}.Check(ctx, r) }
	if err := handler(core.NewContext(t.Context(), b.start()), fake{}); err != nil {
		t.Errorf("error %v of type %T, want nil", err, err)
	}
}

func TestAGuardNamesItsManager(t *testing.T) {
	staff, shop := newBrowser(t, &core.Options{Cookie: core.Cookie{Name: "staff"}}), newBrowser(t, nil)
	staff.request(func(s *core.Session) { s.Login("ada") })
	ctx := core.NewContext(core.NewContext(t.Context(), staff.start()), shop.start())
	r := fake{}
	for _, test := range []struct {
		name  string
		guard core.Guard
		want  int
	}{
		{"the innermost", core.Guard{}, 401},
		{"the innermost by name", core.Guard{Manager: shop.m}, 401},
		{"the outer", core.Guard{Manager: staff.m}, 0},
	} {
		if err := test.guard.Check(ctx, r); err == nil && test.want != 0 || err != nil && adapter.HTTPStatus(err) != test.want {
			t.Errorf("%s: %v, want %d", test.name, err, test.want)
		}
	}
	defer func() {
		if v := recover(); v == nil || !strings.Contains(v.(string), "mount the Middleware of the guard's Manager") {
			t.Errorf("without the Manager's middleware: %v, want a panic that says what to do", v)
		}
	}()
	_ = core.Guard{Manager: staff.m}.Check(core.NewContext(t.Context(), shop.start()), r)
}
