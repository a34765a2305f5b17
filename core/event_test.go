package core_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
)

// R47: logins and logouts are logged with their user, and refusals. Rejected cookies, which
// anybody can send, are counted.
func TestWhatTheLogSaysAtInfo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		m, err := core.New(memstore.New(), secret, &core.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		b := &browser{t: t, m: m}
		logged := func() string {
			defer log.Reset()
			var lines []string
			for line := range strings.Lines(log.String()) {
				_, text, _ := strings.Cut(strings.TrimSpace(line), "level=")
				if before, after, ok := strings.Cut(text, " place="); ok {
					text = before + after[store.PlaceLen:]
				}
				lines = append(lines, text)
			}
			return strings.Join(lines, "; ")
		}
		for _, row := range []struct {
			what string
			do   func()
			want string
		}{
			{"a guest", func() { b.request(func(s *core.Session) { s.Set("k", 1) }) }, ""},
			{"a login", func() { b.request(func(s *core.Session) { s.Login("ada") }) }, `INFO msg="session renewed" user=ada`},
			{"a visit", func() { b.request(func(s *core.Session) { s.User() }) }, ""},
			{"a logout", func() { b.request(func(s *core.Session) { s.User(); s.Logout() }) }, `INFO msg="session destroyed" user=ada`},
			{"1,000 forged cookies", func() {
				for range 1000 {
					m.Start(t.Context(), "__Host-session=forged")
				}
			}, `INFO msg="session cookies rejected" count=1`},
			{"a minute later, one more", func() {
				time.Sleep(time.Minute)
				m.Start(t.Context(), "__Host-session=forged")
			}, `INFO msg="session cookies rejected" count=1000`},
			{"an end of all", func() { _, _ = m.EndAll(t.Context(), "ada") },
				`INFO msg="session ended" user=ada reason=all count=0`},
			{"a refusal of a guard", func() {
				_ = core.Guard{}.Check(core.NewContext(t.Context(), m.Start(t.Context())), fake{})
			}, `INFO msg="session refused" reason="login required"`},
			{"a refusal of another origin", func() {
				_ = m.CheckOrigin(t.Context(), fake{method: "POST", header: http.Header{"Sec-Fetch-Site": {"cross-site"}}.Get})
			}, `INFO msg="session refused" reason="cross-origin request detected from Sec-Fetch-Site header"`},
		} {
			row.do()
			if got := logged(); got != row.want {
				t.Errorf("%s: the log has %q, want %q", row.what, got, row.want)
			}
		}
	})
}
