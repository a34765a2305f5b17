package migrations_test

import (
	"net/http"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/alicebob/miniredis/v2"
	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v2/middleware/session"
	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/nethttpsession"

	storage "github.com/gofiber/storage/redis/v3"

	fiberbefore "github.com/ringsession/ringsession/internal/lab/migrations/fiber/before"
	ginbefore "github.com/ringsession/ringsession/internal/lab/migrations/gin/before"
	scsbefore "github.com/ringsession/ringsession/internal/lab/migrations/scs/before"
)

// What the README says of each library, with its store on Redis.
func TestWhatTheReadmeSaysOfEachLibrary(t *testing.T) {
	for _, row := range []struct {
		name          string
		site          func(*testing.T, *miniredis.Miniredis, application) http.Handler
		lost, revived bool
		outage        string // a page that needs a login, while Redis is down
	}{
		{"ringsession", ourSite, false, false, "503 Sessions are unavailable for the moment. Please try again.\n"},
		{"scs", scsSite, true, true, "500 Internal Server Error\n"},
		{"gin-contrib/sessions", ginSite, true, true, "200 please sign in"},
		{"Fiber's session", fiberSite, true, true, "500 the handler got an error"},
	} {
		m := miniredis.RunT(t)
		held, release := make(chan bool), make(chan bool)
		handler := row.site(t, m, func(query func(string) string, s memory) string { return act(query, s, held, release) })
		slowly := func(b *browser, meanwhile func()) {
			done := make(chan string)
			go func() { done <- b.ask("GET", "/?set=slow&hold=1") }()
			<-held
			meanwhile()
			release <- true
			<-done
		}

		b := newBrowser(t, handler)
		b.ask("GET", "/?set=user")
		slowly(b, func() { b.ask("GET", "/?set=quick") })
		if got := b.ask("GET", "/?get=quick") != "200 stored"; got != row.lost {
			t.Errorf("%s: a change that another request made meanwhile is lost: %v, want %v", row.name, got, row.lost)
		}

		b = newBrowser(t, handler)
		b.ask("GET", "/?set=user")
		copied := newBrowser(t, handler)
		copied.keep(b.cookies())
		slowly(b, func() { b.ask("GET", "/?end=1") })
		if got := copied.ask("GET", "/?get=user") == "200 stored"; got != row.revived {
			t.Errorf("%s: a slow request brings an ended session back: %v, want %v", row.name, got, row.revived)
		}

		b = newBrowser(t, handler)
		b.ask("GET", "/?set=user")
		m.SetError("the disk is on fire")
		if got := b.ask("GET", "/?get=user"); got != row.outage {
			t.Errorf("%s: without Redis: %q, want %q", row.name, got, row.outage)
		}
	}
}

// memory is what the libraries have in common.
type memory interface {
	get(key string) string
	set(key, value string)
	end()
}

type application func(query func(string) string, s memory) string

// act reads, perhaps waits, and then does what the query asks for.
func act(query func(string) string, s memory, held, release chan bool) string {
	s.get("user")
	if query("hold") != "" {
		held <- true
		<-release
	}
	switch {
	case query("set") != "":
		s.set(query("set"), "stored")
	case query("end") != "":
		s.end()
	case s.get(query("get")) == "":
		return "please sign in"
	}
	return s.get(query("get"))
}

func ourSite(t *testing.T, m *miniredis.Miniredis, use application) http.Handler {
	return nethttpsession.Middleware(newManager(t, m.Addr()))(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(use(r.URL.Query().Get, ours{nethttpsession.From(r)})))
	}))
}

type ours struct{ s *core.Session }

func (o ours) get(key string) string { v, _ := core.Key[string](key).Get(o.s); return v }
func (o ours) set(key, value string) { o.s.Set(key, value) }
func (o ours) end()                  { o.s.Destroy() }

func scsSite(t *testing.T, m *miniredis.Miniredis, use application) http.Handler {
	client := redis.NewClient(&redis.Options{Addr: m.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	manager := scsbefore.Sessions(client)
	return manager.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(use(r.URL.Query().Get, viaManager{r, manager})))
	}))
}

type viaManager struct {
	r *http.Request
	m *scs.SessionManager
}

func (v viaManager) get(key string) string { return v.m.GetString(v.r.Context(), key) }
func (v viaManager) set(key, value string) { v.m.Put(v.r.Context(), key, value) }
func (v viaManager) end()                  { _ = v.m.Destroy(v.r.Context()) }

func ginSite(t *testing.T, m *miniredis.Miniredis, use application) http.Handler {
	store, err := ginbefore.Store(m.Addr(), secret)
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	r.Use(sessions.Sessions("mysession", store))
	r.GET("/", func(c *gin.Context) {
		s := viaGinSession{sessions.Default(c)}
		text := use(c.Query, s)
		if s.s.Save() != nil {
			c.String(http.StatusInternalServerError, "the handler got an error")
			return
		}
		c.String(http.StatusOK, text)
	})
	return r
}

type viaGinSession struct{ s sessions.Session }

func (v viaGinSession) get(key string) string { text, _ := v.s.Get(key).(string); return text }
func (v viaGinSession) set(key, value string) { v.s.Set(key, value) }
func (v viaGinSession) end() {
	v.s.Clear()
	v.s.Options(sessions.Options{Path: "/", MaxAge: -1})
}

func fiberSite(t *testing.T, m *miniredis.Miniredis, use application) http.Handler {
	redis := storage.New(storage.Config{Addrs: []string{m.Addr()}})
	t.Cleanup(func() { _ = redis.Close() })
	store := fiberbefore.Store(redis)
	app := fiber.New()
	app.Get("/", func(c *fiber.Ctx) error {
		s, err := store.Get(c)
		if err != nil {
			return c.Status(http.StatusInternalServerError).SendString("the handler got an error")
		}
		query := func(name string) string { return c.Query(name) }
		text := use(query, viaFiberSession{s})
		if query("set") != "" && s.Save() != nil {
			return c.SendStatus(http.StatusInternalServerError)
		}
		return c.SendString(text)
	})
	return adaptor.FiberApp(app)
}

type viaFiberSession struct{ s *session.Session }

func (v viaFiberSession) get(key string) string { text, _ := v.s.Get(key).(string); return text }
func (v viaFiberSession) set(key, value string) { v.s.Set(key, value) }
func (v viaFiberSession) end()                  { _ = v.s.Destroy() }
