package redisstore_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
	"github.com/ringsession/ringsession/nethttpsession"
)

// P4: what a request costs a real server, counted by the server (INFO commandstats) and on the wire.
func TestCommandsAndRoundTripsOfARequest(t *testing.T) {
	server := redistest.Start(t)
	w := redistest.NewProxy(t, server.Addr())
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(w.URL())})
	m, err := core.New(s, []byte(strings.Repeat("s", 32)), &core.Options{IdleTimeout: life.Idle})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for path, do := range map[string]func(s *core.Session){
		"/alone":  func(*core.Session) {},
		"/read":   func(s *core.Session) { s.Get("k"); s.Get("l"); s.User() },
		"/write":  func(s *core.Session) { s.Set("k", 1) },
		"/both":   func(s *core.Session) { s.Get("k"); s.Set("k", 2); s.Set("l", 3); s.Delete("m") },
		"/count":  func(s *core.Session) { core.Counter("n").Add(s, 1) },
		"/limit":  func(s *core.Session) { _, _ = core.Counter("m").AddUpTo(t.Context(), s, 1, 5) },
		"/flash":  func(s *core.Session) { _, _ = core.List[int]("none").Take(t.Context(), s) },
		"/login":  func(s *core.Session) { s.Login("ada") },
		"/logout": func(s *core.Session) { s.Logout() },
	} {
		mux.HandleFunc(path, func(_ http.ResponseWriter, r *http.Request) { do(nethttpsession.From(r)) })
	}
	mux.Handle("/guarded", nethttpsession.LoginRequired(core.Guard{})(http.NotFoundHandler()))
	app := nethttpsession.Middleware(m)(mux)
	cookie := ""
	ask := func(path, cookie string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		answer := httptest.NewRecorder()
		app.ServeHTTP(answer, r)
		return answer.Result()
	}
	for range 2 { // the first pass loads the scripts and dials
		for _, c := range ask("/login", cookie).Cookies() {
			cookie = c.Name + "=" + c.Value
		}
		ask("/both", cookie)
		ask("/count", cookie)
		server.Advance(t, life.Idle/5)
		ask("/read", cookie)
	}
	for _, test := range []struct {
		name   string
		path   string
		cookie string
		trips  int
		want   string
	}{
		{"no cookie, session alone", "/alone", "", 0, ""},
		{"no cookie, read", "/read", "", 0, ""},
		{"no cookie, guard", "/guarded", "", 0, ""},
		{"no cookie, logout", "/logout", "", 0, ""},
		{"forged cookie, read", "/read", cookie[:len(cookie)-2] + "xx", 0, ""},
		{"forged cookie, guard", "/guarded", cookie[:len(cookie)-2] + "xx", 0, ""},
		{"good cookie, session alone", "/alone", cookie, 0, ""},
		{"good cookie, read", "/read", cookie, 1, "hgetall=1 pttl=1"},
		{"good cookie, guard", "/guarded", cookie, 1, "hgetall=1 pttl=1"},
		{"good cookie, write", "/write", cookie, 1, "evalsha=1"},
		{"good cookie, read and write", "/both", cookie, 2, "evalsha=1 hgetall=1"},
		{"good cookie, counter", "/count", cookie, 1, "evalsha=1"},
		{"good cookie, counter up to a limit", "/limit", cookie, 1, "evalsha=1"},
		{"good cookie, flash messages when there are none", "/flash", cookie, 1, "hgetall=1 pttl=1"},
		{"no cookie, write", "/write", "", 1, "evalsha=1"},
		{"no cookie, login", "/login", "", 1, "evalsha=1"},
		{"good cookie, login", "/login", cookie, 2, "evalsha=1 hgetall=1"},
	} {
		got, trips := "", 0
		for again := true; again; {
			server.ResetStats(t)
			w.RoundTrips()
			ask(test.path, test.cookie)
			again = looked(t, server)
			got, trips = sentByClients(server.CommandStats(t)), w.RoundTrips()
		}
		if got != test.want || trips != test.trips {
			t.Errorf("%s: commands %q in %d round trips, want %q in %d", test.name, got, trips, test.want, test.trips)
		}
	}

	cookie = ""
	for _, c := range ask("/login", "").Cookies() {
		cookie = c.Name + "=" + c.Value
	}
	for _, test := range []struct {
		name    string
		idle    time.Duration // percent of the idle timeout since the last use
		path    string
		trips   int
		expires bool
	}{
		{"9 % after the last use, read", 9, "/read", 1, false},
		{"18 % after the last refresh, read", 9, "/read", 2, true},
		{"5 % later, read", 5, "/read", 1, false},
		{"50 % later, read and write: the refresh rides along", 50, "/both", 2, true},
	} {
		server.Advance(t, life.Idle/100*test.idle)
		server.ResetStats(t)
		w.RoundTrips()
		ask(test.path, cookie)
		trips := w.RoundTrips()
		if looked(t, server) {
			trips--
		}
		stats := server.CommandStats(t)
		if trips != test.trips || (stats["pexpire"] > 0) != test.expires {
			t.Errorf("%s: %d round trips, %d PEXPIRE; want %d round trips", test.name, trips, stats["pexpire"], test.trips)
		}
	}
}

// looked reports whether the store looked at its primary since the stats were reset,
// which it does every 15 seconds.
func looked(t *testing.T, server *redistest.Server) bool {
	t.Helper()
	stats, err := server.Client().Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(stats, "cmdstat_info:")
}

// The index costs a login no round trip, reads and saves nothing. A list takes two,
// and so does an end.
func TestRoundTripsOfTheIndex(t *testing.T) {
	server := redistest.Start(t)
	w := redistest.NewProxy(t, server.Addr())
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(w.URL() + "?pool_size=1")})
	ctx := t.Context()
	var id store.ID
	for _, test := range []struct {
		name  string
		do    func() error
		trips int
		want  string
	}{
		{"login", func() error { id = newID(t, s); return s.Create(ctx, id, login("ada")) }, 1, "evalsha=1"},
		{"read", func() error { _, err := s.Load(ctx, id); return err }, 1, "hgetall=1 pttl=1"},
		{"save", func() error { return s.Save(ctx, id, set("k", "1")) }, 1, "evalsha=1"},
		{"renewal", func() error {
			next := idAt(t, id.Place)
			err := s.Renew(ctx, id, next.Fingerprint, store.Delta{})
			id = next
			return err
		}, 1, "evalsha=1"},
		{"list of 50", func() error {
			page, err := s.List(ctx, ada, store.Query{})
			if len(page.Sessions) < 50 {
				t.Errorf("%d sessions", len(page.Sessions))
			}
			return err
		}, 2, "hmget=50 pttl=50 zrevrangebyscore=1"},
		{"logout", func() error { return destroy(ctx, s, id) }, 2, "evalsha=1"},
		{"end of 49", func() error {
			n, err := s.End(ctx, ada, store.Ending{})
			if n != 49 {
				t.Errorf("ended %d", n)
			}
			return err
		}, 2, "evalsha=49"},
	} {
		for again := true; again; { // until the server knows the scripts
			if test.name == "list of 50" || test.name == "end of 49" {
				_, _ = s.End(ctx, ada, store.Ending{Except: id.Place})
				logins(t, s, "ada", 49)
			}
			if test.name == "logout" {
				id = logins(t, s, "ada", 1)[0]
			}
			server.ResetStats(t)
			w.RoundTrips()
			err := test.do()
			looked := looked(t, server)
			stats, trips := server.CommandStats(t), w.RoundTrips()
			if again = looked || stats["eval"] > 0; again {
				continue
			}
			if got := sentByClients(stats); err != nil || got != test.want || trips != test.trips {
				t.Errorf("%s: commands %q in %d round trips, want %q in %d: %v", test.name, got, trips, test.want, test.trips, err)
			}
		}
	}
}

// sentByClients leaves out the commands that scripts run, among them a PTTL.
func sentByClients(stats map[string]int64) string {
	if stats["evalsha"] > 0 {
		for _, inner := range []string{
			"time", "exists", "hlen", "hset", "hdel", "hmget", "hkeys", "pttl", "pexpire", "del",
			"zadd", "zrem", "zrevrangebyscore",
		} {
			delete(stats, inner)
		}
	}
	var show []string
	for _, name := range slices.Sorted(maps.Keys(stats)) {
		show = append(show, fmt.Sprintf("%s=%d", name, stats[name]))
	}
	return strings.Join(show, " ")
}

// Those that wait on a shard ask together: on an idle machine 25 reads share a round
// trip. Were there a timer for each, it would be two.
func TestTheWatchesOfAShardAskTogether(t *testing.T) {
	const streams = 1000
	server := redistest.Start(t)
	w := redistest.NewProxy(t, server.Addr())
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(w.URL())})
	m, err := core.New(s, []byte(strings.Repeat("s", 32)), &core.Options{WatchInterval: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	nethttpsession.Middleware(m)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		nethttpsession.From(r).Login("ada")
	})).ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	cookie, _, _ := strings.Cut(answer.Header().Get("Set-Cookie"), ";")

	all := make([]*core.Session, streams)
	for i := range all {
		all[i] = m.Start(t.Context(), cookie)
		if err := all[i].Load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	server.ResetStats(t)
	w.RoundTrips()
	ctx, cancel := context.WithCancel(t.Context())
	var waits sync.WaitGroup
	for _, s := range all {
		waits.Go(func() {
			if err := s.Wait(ctx); err != ctx.Err() {
				t.Errorf("Wait says %v", err)
			}
		})
	}
	reads := func() int { return int(server.CommandStats(t)["hgetall"]) }
	for reads() < 3*streams {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	waits.Wait()
	n, trips := reads(), w.RoundTrips()
	t.Logf("%d reads in %d round trips", n, trips)
	if trips > n/4 {
		t.Errorf("%d streams need %d round trips for %d reads", streams, trips, n)
	}
}
