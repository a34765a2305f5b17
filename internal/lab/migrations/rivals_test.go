package migrations_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

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

// What the README says of the sessions of one user who logs in three times, while
// somebody else does once.
func TestWhatTheReadmeSaysOfAUsersSessions(t *testing.T) {
	type sessions struct{ listed, ended, limited, returned int } // those alive then, but for listed
	for _, row := range []struct {
		name string
		site func(*testing.T, *miniredis.Miniredis, application) http.Handler
		want sessions
	}{
		{"ringsession", ourSite, sessions{listed: 3, ended: 0, limited: 1, returned: 0}},
		{"scs", scsSite, sessions{listed: 3, ended: 0, limited: 3, returned: 3}},
		{"gin-contrib/sessions", ginSite, sessions{listed: 1, ended: 2, limited: 3, returned: 3}},
		{"Fiber's session", fiberSite, sessions{listed: 1, ended: 2, limited: 3, returned: 3}},
	} {
		var got sessions
		m := miniredis.RunT(t)
		use := func(query func(string) string, s memory) string { return act(query, s, nil, nil) }
		handler := row.site(t, m, use)
		login := func(handler http.Handler) (all []*browser) {
			for range 3 {
				all = append(all, newBrowser(t, handler))
				all[len(all)-1].ask("GET", "/?login=ada")
			}
			return all
		}
		alive := func(all []*browser) (n int) {
			for _, b := range all {
				if b.ask("GET", "/?get=user") == "200 ada" {
					n++
				}
			}
			return n
		}
		other := newBrowser(t, handler)
		other.ask("GET", "/?login=bob")
		all := login(handler)
		_, _ = fmt.Sscanf(all[0].ask("GET", "/?list=ada"), "200 %d", &got.listed)
		all[0].ask("GET", "/?everywhere=ada")
		got.ended = alive(all)

		all = login(handler)
		m.SetError("LOADING the disk is slow")
		all[0].ask("GET", "/?everywhere=ada")
		m.SetError("")
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			if got.returned = alive(all); got.returned == row.want.returned || time.Now().After(end) {
				break
			}
		}
		if other.ask("GET", "/?get=user") != "200 bob" {
			t.Errorf("%s: somebody else's session has ended", row.name)
		}
		if row.name == "ringsession" {
			handler = ourPages(newManager(t, m.Addr(), core.Options{MaxSessions: 1}), use)
		}
		m.FlushAll()
		got.limited = alive(login(handler))
		if got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
}

// memory is what the libraries have in common. list returns how many sessions of the
// user it finds, and everywhere ends as many as it can.
type memory interface {
	get(key string) string
	set(key, value string)
	end()
	login(user string)
	list(user string) int
	everywhere(user string)
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
	case query("login") != "":
		s.login(query("login"))
	case query("list") != "":
		return fmt.Sprint(s.list(query("list")))
	case query("everywhere") != "":
		s.everywhere(query("everywhere"))
	case s.get(query("get")) == "":
		return "please sign in"
	}
	return s.get(query("get"))
}

func ourSite(t *testing.T, m *miniredis.Miniredis, use application) http.Handler {
	return ourPages(newManager(t, m.Addr(), core.Options{}), use)
}

func ourPages(m *core.Manager, use application) http.Handler {
	return nethttpsession.Middleware(m)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(use(r.URL.Query().Get, ours{nethttpsession.From(r), m})))
	}))
}

type ours struct {
	s *core.Session
	m *core.Manager
}

func (o ours) get(key string) string { v, _ := core.Key[string](key).Get(o.s); return v }
func (o ours) set(key, value string) { o.s.Set(key, value) }
func (o ours) end()                  { o.s.Destroy() }
func (o ours) login(user string)     { o.s.Login(user); o.set("user", user) }
func (o ours) list(user string) int {
	list, _ := o.m.Of(context.Background(), user)
	return len(list)
}
func (o ours) everywhere(user string) { _, _ = o.m.EndAll(context.Background(), user) }

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
func (v viaManager) login(user string)     { v.set("user", user) }

// each goes through the sessions of all users: there is no other list.
func (v viaManager) each(user string, do func(context.Context) error) {
	_ = v.m.Iterate(context.Background(), func(ctx context.Context) error {
		if v.m.GetString(ctx, "user") != user {
			return nil
		}
		return do(ctx)
	})
}

func (v viaManager) list(user string) (n int) {
	v.each(user, func(context.Context) error { n++; return nil })
	return n
}
func (v viaManager) everywhere(user string) {
	v.each(user, v.m.Destroy)
	v.end() // or the request would store its session again
}

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
func (v viaGinSession) login(user string)   { v.set("user", user) }
func (v viaGinSession) list(string) int     { return 1 } // it reaches no other than the request's
func (v viaGinSession) everywhere(_ string) { v.end() }

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
		if query("set")+query("login") != "" && s.Save() != nil {
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
func (v viaFiberSession) login(user string)     { v.set("user", user) }
func (v viaFiberSession) list(string) int       { return 1 } // it reaches no other than the request's
func (v viaFiberSession) everywhere(_ string)   { v.end() }
