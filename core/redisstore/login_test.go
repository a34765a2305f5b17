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

// R42, R43: what a login says about itself survives the failover of its shard.
func TestLoginsSurviveAFailover(t *testing.T) {
	pair := redistest.StartSentinel(t)
	follow(t, pair.Primary, 1)
	s := open(t, behindSentinel(t, pair))
	m, other := newManager(t, s), newManager(t, open(t, behindSentinel(t, pair)))
	var plain, kept visitor
	plain.ask(t, m, func(s *core.Session) { s.Login("ada") })
	device := core.External{Issuer: "https://id.example", ID: "42"}
	kept.ask(t, m, func(s *core.Session) {
		s.LoginWith(core.Login{User: "eve", Remember: true, Level: 2, Device: "phone", External: device})
	})
	list := func(m *core.Manager) string {
		all, err := m.Of(t.Context(), "eve")
		if err != nil || len(all) != 1 {
			t.Fatalf("%d sessions, error %v", len(all), err)
		}
		return fmt.Sprintf("%+v", all)
	}
	pair.Primary.Advance(t, 16*time.Minute)
	before := list(m)
	eventually(t, "the replica has it", func() bool {
		return pair.Replica.Client().DBSize(t.Context()).Val() == pair.Primary.Client().DBSize(t.Context()).Val()
	})
	command(t, pair.Primary, "wait", 1, 1000)
	pair.Primary.Kill()
	eventually(t, "both processes have found the new primary", func() bool {
		_, err1 := m.Of(t.Context(), "eve")
		_, err2 := other.Of(t.Context(), "eve")
		return err1 == nil && err2 == nil
	})
	if after := list(other); after != before {
		t.Errorf("the list was\n%s, after the failover it is\n%s", before, after)
	}
	for what, row := range map[string]struct {
		v    *visitor
		want string
	}{
		"plain":      {&plain, "ada refused refused level 1, 30m0s of 12h0m0s"},
		"remembered": {&kept, "eve refused passes level 2, 335h44m0s of 720h0m0s"},
	} {
		if got := row.v.describe(t, other); got != row.want {
			t.Errorf("%s: %q, want %q", what, got, row.want)
		}
	}
	pair.Replica.Advance(t, 31*time.Minute)
	if plain, kept := plain.describe(t, m), kept.describe(t, m); plain != "" || !strings.HasPrefix(kept, "eve") {
		t.Errorf("after the idle timeout: %q and %q", plain, kept)
	}
	if got := kept.ask(t, m, func(s *core.Session) { s.Confirm(2) }); got != "1209600" {
		t.Errorf("a confirmation: Max-Age %q", got)
	}
	if n, err := m.EndExternal(t.Context(), device); n != 1 || err != nil || kept.describe(t, other) != "" {
		t.Errorf("%d ended by the identity provider, error %v", n, err)
	}
}
