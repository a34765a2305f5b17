package redisstore_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
	"github.com/ringsession/ringsession/nethttpsession"
)

// P12: nothing that is in a cookie reaches the server, except the place, which is
// no secret. The server shows all that it was sent.
func TestRedisNeverSeesASecret(t *testing.T) {
	server := redistest.Start(t, "--slowlog-log-slower-than", "0", "--slowlog-max-len", "10000")
	seen := monitor(t, server)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	m, err := core.New(s, []byte(strings.Repeat("s", 32)), nil)
	if err != nil {
		t.Fatal(err)
	}
	app := nethttpsession.Middleware(m)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := nethttpsession.From(r)
		switch r.URL.Path {
		case "/login":
			s.Login("ada")
		case "/logout":
			s.Logout()
		}
		if r.URL.Path != "/logout" {
			s.Set("k", r.URL.Path)
		}
		s.Get("k")
	}))
	var secrets []string
	cookie := ""
	visit := func(path, cookie string) string {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		for _, c := range w.Result().Cookies() {
			if id, mac, ok := strings.Cut(c.Value, "."); ok {
				secrets = append(secrets, id[store.PlaceLen:], mac)
				cookie = c.Name + "=" + c.Value
			}
		}
		return cookie
	}
	for range 3 {
		cookie = visit("/guest", cookie)
		cookie = visit("/login", cookie)
		visit("/read", cookie)
		visit("/logout", cookie)
		visit("/late", cookie)
	}
	visit("/login", "")
	if len(secrets) < 8 {
		t.Fatalf("%d secrets", len(secrets))
	}

	all := dump(t, server)
	for _, entry := range server.Client().SlowLogGet(t.Context(), -1).Val() {
		all += strings.Join(entry.Args, " ") + "\n"
	}
	server.Client().Echo(t.Context(), "the end")
	eventually(t, "MONITOR shows all", func() bool { return strings.Contains(seen(), "the end") })
	all += seen()
	for _, want := range []string{"evalsha", "hgetall", "@ended", "@user"} {
		if !strings.Contains(strings.ToLower(all), want) {
			t.Fatalf("%q was not seen", want)
		}
	}
	for _, secret := range secrets {
		for from := range len(secret) - 12 { // also in parts
			if strings.Contains(all, secret[from:from+12]) {
				t.Fatalf("a server saw a secret, or a part of it")
			}
		}
	}
}

// monitor returns a function that returns what clients sent to the server so far.
func monitor(t *testing.T, server *redistest.Server) (seen func() string) {
	t.Helper()
	conn, err := net.Dial("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var mu sync.Mutex
	var all strings.Builder
	if _, err := io.WriteString(conn, "MONITOR\r\n"); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			mu.Lock()
			all.WriteString(lines.Text() + "\n")
			mu.Unlock()
		}
	}()
	seen = func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
	eventually(t, "MONITOR works", func() bool {
		server.Client().Echo(t.Context(), "begun")
		return strings.Contains(seen(), "begun")
	})
	return seen
}

// dump returns all keys and values of the server.
func dump(t *testing.T, server *redistest.Server) string {
	t.Helper()
	all := ""
	for _, key := range server.Client().Keys(t.Context(), "*").Val() {
		all += fmt.Sprintln(key, server.Client().HGetAll(t.Context(), key).Val(), server.Client().Dump(t.Context(), key).Val())
	}
	return all
}

// R5: servers and proxies repeat arguments in their errors. The store, its events
// and its log repeat the code alone.
func TestErrorsRepeatNothingThatAServerRepeats(t *testing.T) {
	for _, test := range []struct{ command, want string }{
		{"HGETALL", "not done: the server replied ERR unknown command"},
		{"EVALSHA", "not done: the server replied ERR unknown command"},
		{"HMGET", "the server replied ERR"},
		{"HSET", "the server replied ERR"},
	} {
		server := redistest.Start(t)
		right := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
		id := create(t, right)
		if err := right.Close(); err != nil {
			t.Fatal(err)
		}
		// A server without the command, with the same data: a former replica.
		without := redistest.Start(t, "--rename-command", test.command, "", "--replica-read-only", "no",
			"--replicaof", "127.0.0.1", server.Addr()[strings.Index(server.Addr(), ":")+1:])
		eventually(t, "the replica has it", func() bool { return without.Client().Exists(t.Context(), key(id)).Val() == 1 })
		command(t, without, "replicaof", "no", "one")
		var log bytes.Buffer
		var events sync.Map
		s, err := redisstore.Open(t.Context(), []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(without.URL())}}, &redisstore.Options{
			Logger:  slog.New(slog.NewTextHandler(&log, nil)),
			OnEvent: func(_ context.Context, e core.Event) { events.Store(fmt.Sprint(e), true) },
		})
		if err != nil {
			t.Logf("%s: %v", test.command, err)
			continue
		}
		text, failed := "", 0
		for range 10 { // more than a breaker takes
			for _, op := range operations(t)[1:4] {
				if err := op.run(s, id, id); err != nil {
					failed++
					text += chain(err)
				}
			}
			if _, err := s.Load(t.Context(), id); err != nil {
				failed++
				text += chain(err)
			}
		}
		_ = s.Close()
		events.Range(func(e, _ any) bool { text += fmt.Sprintln(e); return true })
		text += log.String()
		if failed == 0 || !strings.Contains(text, test.want) {
			t.Errorf("%s: %d calls failed: %s", test.command, failed, text)
		}
		for _, part := range []string{id.Place, id.Fingerprint, `"new"`, "nonce", "with args", "user_script"} {
			if strings.Contains(text, part) {
				t.Errorf("%s: an error has %q: %s", test.command, part, text[:min(len(text), 500)])
			}
		}
	}
}

// chain returns the texts of an error and of all that it wraps, as some loggers do.
func chain(err error) string {
	text := fmt.Sprintf("%v %+v %#v\n", err, err, err)
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			text += chain(inner)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			text += chain(inner)
		}
	}
	return text
}

// An error says ErrNotDone only where nothing was done for certain.
func TestWhatWasNotDone(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL() + "?read_timeout=200ms")})
	id := create(t, s)
	fails := func(when string, notDone bool) {
		t.Helper()
		_, err := s.Load(t.Context(), id)
		for _, err := range []error{err, s.Save(t.Context(), id, set("k", "1"))} {
			if err == nil || errors.Is(err, store.ErrNotDone) != notDone {
				t.Errorf("%s: error %v, not done: %v, want %v", when, err, !notDone, notDone)
			}
		}
	}
	server.Pause()
	fails("no answer", false)
	server.Resume()
	eventually(t, "it works again", func() bool { return s.Save(t.Context(), id, set("k", "1")) == nil })
	server.Kill()
	_ = s.Save(t.Context(), id, set("k", "1")) // may find its connection broken
	_, _ = s.Load(t.Context(), id)
	fails("connection refused", true)
	eventually(t, "the breaker opens", func() bool {
		err := s.Save(t.Context(), id, set("k", "1"))
		return strings.Contains(fmt.Sprint(err), "not called")
	})
	fails("not called", true)
	foreign := store.ID{Place: "AAAAAAAAAAAA", Fingerprint: id.Fingerprint}
	if _, err := s.Load(t.Context(), foreign); !errors.Is(err, store.ErrNotDone) {
		t.Errorf("no such shard: %v", err)
	}
	_ = s.Close()
	fails("closed", true)
}
