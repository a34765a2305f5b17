package redisstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/redistest"
)

// A visitor has a cookie, and any process answers.
type visitor struct {
	cookie []string
	ctx    context.Context // of the request
}

// ask has a process answer a request, and returns the Max-Age of the cookie that it
// sets, if any.
func (v *visitor) ask(t *testing.T, m *core.Manager, do func(s *core.Session)) (maxAge string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header["Cookie"] = v.cookie
	x, err := m.Begin(t.Context(), adapter.NewRequest(r))
	if err != nil {
		t.Fatal(err)
	}
	v.ctx = x.Context(t.Context())
	s, _ := core.FromContext(v.ctx)
	do(s)
	h, err := x.Commit()
	if err != nil {
		t.Fatal(err)
	}
	x.Finish()
	for _, line := range h.SetCookie {
		pair, rest, _ := strings.Cut(line, ";")
		v.cookie = []string{pair}
		_, maxAge, _ = strings.Cut(rest, "Max-Age=")
		maxAge, _, _ = strings.Cut(maxAge, ";")
	}
	return maxAge
}

// describes returns what a process sees of a login, and what guards decide about it.
func (v *visitor) describe(t *testing.T, m *core.Manager) (text string) {
	t.Helper()
	v.ask(t, m, func(s *core.Session) {
		if text = s.User(); text == "" {
			return
		}
		for _, g := range []core.Guard{{MaxAge: 15 * time.Minute}, {Level: 2}} {
			if g.Check(v.ctx, adapter.NewRequest(httptest.NewRequest(http.MethodGet, "/", nil))) != nil {
				text += " refused"
			} else {
				text += " passes"
			}
		}
		text += fmt.Sprintf(" level %d, %v of %v", s.Level(), s.IdleLeft().Round(time.Minute),
			s.Deadline().Sub(s.LoggedIn()))
	})
	return text
}

func newManager(t *testing.T, s *redisstore.Store) *core.Manager {
	t.Helper()
	m, err := core.New(s, []byte(strings.Repeat("secret", 6)), &core.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const day = 24 * time.Hour

// R42, R43: Redis's clock decides about logins, also for a process whose own clock
// is decades away: that of a bubble starts in the year 2000.
func TestLoginsByTheClockOfRedis(t *testing.T) {
	server := redistest.Start(t)
	here := newManager(t, open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())}))
	var plain, kept, late visitor
	check := func(t *testing.T, m *core.Manager, when, wantPlain, wantKept string) {
		t.Helper()
		for v, want := range map[*visitor]string{&plain: wantPlain, &kept: wantKept} {
			if got := v.describe(t, m); got != want {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
		}
	}
	plain.ask(t, here, func(s *core.Session) { s.Login("ada") })
	if got := kept.ask(t, here, func(s *core.Session) {
		s.LoginWith(core.Login{User: "eve", Remember: true, Level: 2})
	}); got != "1209600" {
		t.Errorf("a remembered login: Max-Age %q", got)
	}
	// A bubble has a process of its own.
	there := func(do func(t *testing.T, m *core.Manager)) {
		synctest.Test(t, func(t *testing.T) {
			do(t, newManager(t, open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})))
		})
	}
	const fresh, freshKept = "ada passes refused level 1, 30m0s of 12h0m0s", "eve passes passes level 2, 336h0m0s of 720h0m0s"
	check(t, here, "at once", fresh, freshKept)
	there(func(t *testing.T, m *core.Manager) { check(t, m, "at once, in the year 2000", fresh, freshKept) })
	server.Advance(t, 16*time.Minute)
	const stale, staleKept = "ada refused refused level 1, 30m0s of 12h0m0s", "eve refused passes level 2, 335h44m0s of 720h0m0s"
	there(func(t *testing.T, m *core.Manager) {
		check(t, m, "16 minutes later, in the year 2000", stale, staleKept)
		time.Sleep(100 * 365 * day)
		check(t, m, "the same, in the year 2100", stale, staleKept)
	})
	check(t, here, "16 minutes later", stale, staleKept)
	there(func(t *testing.T, m *core.Manager) {
		kept.ask(t, m, func(s *core.Session) { s.Confirm(3) })
		late.ask(t, m, func(s *core.Session) {
			s.LoginWith(core.Login{User: "bob", Until: time.Now().Add(time.Hour)})
		})
	})
	check(t, here, "confirmed in the year 2000", stale, "eve passes passes level 3, 336h0m0s of 720h0m0s")
	if got, want := late.describe(t, here), "bob passes refused level 1, 30m0s of 1h0m0s"; got != want {
		t.Errorf("an end by the clock of the year 2000: %q, want %q", got, want)
	}
	server.Advance(t, 31*time.Minute)
	check(t, here, "after the idle timeout", "", "eve refused passes level 3, 335h29m0s of 720h0m0s")
	server.Advance(t, 13*day)
	if got := kept.ask(t, here, func(s *core.Session) { s.User() }); got != "1209600" {
		t.Errorf("13 days later: Max-Age %q", got)
	}
	server.Advance(t, 14*day-time.Minute)
	if got := kept.ask(t, here, func(s *core.Session) { s.User() }); got == "" || len(got) > 6 {
		t.Errorf("near the deadline: Max-Age %q, want less than that of the idle timeout", got)
	}
	server.Advance(t, 3*day)
	check(t, here, "after the deadline", "", "")
}
