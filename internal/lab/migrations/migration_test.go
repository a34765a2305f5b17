package migrations_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/boj/redistore"
	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v2/middleware/session"
	storage "github.com/gofiber/storage/redis/v3"
	"github.com/gorilla/sessions"
	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/lab/migrations/takeover"
	"github.com/ringsession/ringsession/internal/redistest"

	echoafter "github.com/ringsession/ringsession/internal/lab/migrations/echo/after"
	echobefore "github.com/ringsession/ringsession/internal/lab/migrations/echo/before"
	echoboth "github.com/ringsession/ringsession/internal/lab/migrations/echo/both"
	fiberafter "github.com/ringsession/ringsession/internal/lab/migrations/fiber/after"
	fiberbefore "github.com/ringsession/ringsession/internal/lab/migrations/fiber/before"
	fiberboth "github.com/ringsession/ringsession/internal/lab/migrations/fiber/both"
	ginafter "github.com/ringsession/ringsession/internal/lab/migrations/gin/after"
	ginbefore "github.com/ringsession/ringsession/internal/lab/migrations/gin/before"
	ginboth "github.com/ringsession/ringsession/internal/lab/migrations/gin/both"
	gorillaafter "github.com/ringsession/ringsession/internal/lab/migrations/gorilla/after"
	gorillabefore "github.com/ringsession/ringsession/internal/lab/migrations/gorilla/before"
	gorillaboth "github.com/ringsession/ringsession/internal/lab/migrations/gorilla/both"
	scsafter "github.com/ringsession/ringsession/internal/lab/migrations/scs/after"
	scsbefore "github.com/ringsession/ringsession/internal/lab/migrations/scs/before"
	scsboth "github.com/ringsession/ringsession/internal/lab/migrations/scs/both"
)

func init() { gin.SetMode(gin.ReleaseMode) }

var secret = bytes.Repeat([]byte("32 bytes "), 4)

// A migration is one page: the application before, after, and with both.
type migration struct {
	name          string
	before, after http.Handler
	// both calls meanwhile in each take-over, between the reading of the old session and all that follows.
	both func(meanwhile func()) http.Handler
	// snapshot returns what puts the old sessions back, as a slow request of the old program does.
	snapshot func() (restore func())
}

// A site has two real Redis servers: one for the old sessions, one for ours and for the notes.
type site struct {
	old, ours *redistest.Server
	sessions  *core.Manager
	bridge    takeover.Bridge
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{old: redistest.Start(t), ours: redistest.Start(t)}
	s.sessions = newManager(t, s.ours.Addr(), core.Options{})
	s.bridge = takeover.Bridge{
		Sessions: s.sessions, Redis: s.ours.Client(), Secret: secret, Lifetime: 30 * 24 * time.Hour,
	}
	return s
}

func newManager(t *testing.T, address string, opts core.Options) *core.Manager {
	t.Helper()
	shards := []redisstore.Shard{{Name: "a", URL: redisstore.NewURL("redis://" + address)}}
	store, err := redisstore.Open(t.Context(), shards, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	opts.Logger = slog.New(slog.DiscardHandler)
	manager, err := core.New(store, secret, &opts)
	if err != nil {
		t.Fatal(err)
	}
	return manager
}

func (s *site) migrations(t *testing.T) []migration {
	t.Helper()
	cookies := sessions.NewCookieStore(secret)
	cookies.Options = gorillabefore.Options()
	folder := t.TempDir()
	files := sessions.NewFilesystemStore(folder, secret)
	files.Options = gorillabefore.Options()
	viaRedis, err := redistore.NewRediStore(10, "tcp", s.old.Addr(), "", "", secret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = viaRedis.Close() })
	viaRedis.Options = gorillabefore.Options()
	return []migration{
		s.viaGorilla("gorilla's CookieStore", cookies, noSnapshot),
		s.viaGorilla("gorilla's FilesystemStore", files, snapshotOfFiles(t, folder)),
		s.viaGorilla("gorilla with redistore", viaRedis, s.snapshotOfRedis(t)),
		s.viaSCS(t), s.viaGin(t), s.viaEcho(), s.viaFiber(t),
	}
}

func (s *site) viaGorilla(name string, store sessions.Store, snapshot func() func()) migration {
	both := func(meanwhile func()) http.Handler {
		move := func(old map[any]any, s *core.Session) { meanwhile(); gorillaboth.Move(old, s) }
		return gorillaafter.Handler(s.sessions, gorillaboth.TakeOver(s.bridge, store, "app", move))
	}
	return migration{
		name, gorillabefore.Handler(store), gorillaafter.Handler(s.sessions), both, snapshot,
	}
}

func (s *site) viaSCS(t *testing.T) migration {
	client := redis.NewClient(&redis.Options{Addr: s.old.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	manager, after := scsbefore.Sessions(client), scsafter.Handler(s.sessions)
	both := func(meanwhile func()) http.Handler {
		move := func(ctx context.Context, old *scs.SessionManager, s *core.Session) {
			meanwhile()
			scsboth.Move(ctx, old, s)
		}
		return scsboth.TakeOver(s.bridge, manager, move)(after)
	}
	return migration{"scs", scsbefore.Handler(manager), after, both, s.snapshotOfRedis(t)}
}

func (s *site) viaGin(t *testing.T) migration {
	store, err := ginbefore.Store(s.old.Addr(), secret)
	if err != nil {
		t.Fatal(err)
	}
	both := func(meanwhile func()) http.Handler {
		move := func(old map[any]any, s *core.Session) { meanwhile(); ginboth.Move(old, s) }
		return ginafter.Engine(s.sessions, ginboth.TakeOver(s.bridge, store, "mysession", move))
	}
	return migration{"gin-contrib/sessions", ginbefore.Engine(store), ginafter.Engine(s.sessions),
		both, s.snapshotOfRedis(t)}
}

func (s *site) viaEcho() migration {
	store := echobefore.Store(secret)
	both := func(meanwhile func()) http.Handler {
		move := func(old map[any]any, s *core.Session) { meanwhile(); echoboth.Move(old, s) }
		return echoafter.Application(s.sessions, echoboth.TakeOver(s.bridge, store, "session", move))
	}
	return migration{"echo-contrib/session", echobefore.Application(store),
		echoafter.Application(s.sessions), both, noSnapshot}
}

func (s *site) viaFiber(t *testing.T) migration {
	host, port, err := net.SplitHostPort(s.old.Addr())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	redis := storage.New(storage.Config{Host: host, Port: number})
	t.Cleanup(func() { _ = redis.Close() })
	store := fiberbefore.Store(redis)
	handler := func(app *fiber.App) http.Handler { return adaptor.FiberApp(app) }
	both := func(meanwhile func()) http.Handler {
		move := func(old *session.Session, s *core.Session) { meanwhile(); fiberboth.Move(old, s) }
		takeOver := fiberboth.TakeOver(s.bridge, store, "session_id", move)
		return handler(fiberafter.Application(s.sessions, takeOver))
	}
	return migration{"Fiber's session", handler(fiberbefore.Application(store)),
		handler(fiberafter.Application(s.sessions)), both, s.snapshotOfRedis(t)}
}

func noSnapshot() func() { return nothing }

func (s *site) snapshotOfRedis(t *testing.T) func() func() {
	return func() func() {
		client, dumps := s.old.Client(), map[string]string{}
		keys, err := client.Keys(t.Context(), "*").Result()
		for _, key := range keys {
			if err == nil {
				dumps[key], err = client.Dump(t.Context(), key).Result()
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return func() {
			for key, dump := range dumps {
				if err := client.RestoreReplace(t.Context(), key, time.Hour, dump).Err(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func snapshotOfFiles(t *testing.T, folder string) func() func() {
	return func() func() {
		copied := filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := os.CopyFS(folder, os.DirFS(copied)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func nothing() {}

// The same requests have the same answers before and after.
func TestBothProgramsBehaveAlike(t *testing.T) {
	for _, m := range newSite(t).migrations(t) {
		visit(t, m.name+", before", m.before)
		visit(t, m.name+", after", m.after)
		visit(t, m.name+", both", m.both(nothing))
	}
}

// visit sends the requests of a visitor who signs in and out.
func visit(t *testing.T, name string, handler http.Handler) {
	t.Helper()
	b := newBrowser(t, handler)
	for i, step := range []struct{ method, path, want string }{
		{"GET", "/", "200 visit 1 of user 0"},
		{"GET", "/", "200 visit 2 of user 0"},
		{"GET", "/account", "303 to /login"},
		{"POST", "/login", "303 to /account"},
		{"GET", "/account", "200 account of user 7"},
		{"GET", "/", "200 visit 3 of user 7"},
		{"POST", "/logout", "303 to /"},
		{"GET", "/account", "303 to /login"},
		{"GET", "/", "200 visit 1 of user 0"},
	} {
		if got := b.ask(step.method, step.path); got != step.want {
			t.Errorf("%s, step %d, %s %s: %s, want %s", name, i+1, step.method, step.path, got, step.want)
		}
	}
}

// "Stay signed in" is one field of the login, and its cookie outlives the browser.
func TestALoginThatIsRemembered(t *testing.T) {
	for _, m := range newSite(t).migrations(t) {
		for form, want := range map[string]string{"user=7": "", "user=7&remember=on": "Max-Age=1209600"} {
			r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			m.after.ServeHTTP(w, r)
			line := w.Header().Get("Set-Cookie")
			if strings.Contains(line, "Max-Age") != (want != "") || !strings.Contains(line, want) || line == "" {
				t.Errorf("%s: %s: cookie %q, want %q in it", m.name, form, line, want)
			}
		}
	}
}

// Another origin's form gets 403 in each framework. Fiber's error handler runs then without Locals
// and without a session.
func TestAFormOfAnotherOrigin(t *testing.T) {
	for _, m := range newSite(t).migrations(t) {
		for name, handler := range map[string]http.Handler{"after": m.after, "both": m.both(nothing)} {
			r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader("user=7"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			page := "This cross-origin request was refused.\n"
			switch m.name {
			case "Fiber's session":
				page = `sorry, in "en", for user ""`
			case "gin-contrib/sessions":
				page = "" // The application's middleware for errors writes it.
			case "echo-contrib/session":
				page = `{"message":"This cross-origin request was refused."}` + "\n"
			}
			if w.Code != http.StatusForbidden || w.Body.String() != page || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s, %s: %d %q", m.name, name, w.Code, w.Body)
			}
		}
	}
}
