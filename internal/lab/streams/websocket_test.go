package streams

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/echosession"
	"github.com/ringsession/ringsession/fibersession"
	"github.com/ringsession/ringsession/ginsession"
	"github.com/ringsession/ringsession/nethttpsession"
)

// pages are what other requests of the session's browser do.
var pages = map[string]func(*core.Session){
	"/login":   func(s *core.Session) { s.Login("ada"); Role.Set(s, "reader") },
	"/logout":  (*core.Session).Logout,
	"/change":  func(s *core.Session) { Role.Set(s, "writer") },
	"/promote": func(s *core.Session) { Role.Set(s, "admin"); s.Renew() },
}

// frameworks serve the pages, and the WebSocket behind a guard, on the listener.
var frameworks = map[string]func(m *core.Manager, ln net.Listener) (stop func()){
	"net/http": func(m *core.Manager, ln net.Listener) func() {
		mux := http.NewServeMux()
		for path, do := range pages {
			mux.HandleFunc(path, func(_ http.ResponseWriter, r *http.Request) { do(nethttpsession.From(r)) })
		}
		mux.Handle("/ws", nethttpsession.LoginRequired(core.Guard{})(http.HandlerFunc(Serve)))
		return listen(nethttpsession.Middleware(m)(mux), ln)
	},
	"Gin": func(m *core.Manager, ln net.Listener) func() {
		r := gin.New()
		r.Use(ginsession.Middleware(m))
		for path, do := range pages {
			r.GET(path, func(c *gin.Context) { do(ginsession.From(c)) })
		}
		r.GET("/ws", ginsession.LoginRequired(core.Guard{}), ServeGin)
		return listen(r, ln)
	},
	"Echo": func(m *core.Manager, ln net.Listener) func() {
		e := echo.New()
		e.Use(echosession.Middleware(m))
		for path, do := range pages {
			e.GET(path, func(c echo.Context) error {
				do(echosession.From(c))
				return c.NoContent(http.StatusOK)
			})
		}
		e.GET("/ws", ServeEcho, echosession.LoginRequired(core.Guard{}))
		return listen(e, ln)
	},
	"Fiber": func(m *core.Manager, ln net.Listener) func() {
		f := fiber.New(fiber.Config{DisableStartupMessage: true})
		f.Use(fibersession.Middleware(m))
		for path, do := range pages {
			f.Get(path, func(c *fiber.Ctx) error {
				do(fibersession.From(c))
				return nil
			})
		}
		f.Get("/ws", fibersession.LoginRequired(core.Guard{}), ServeFiber("http://"+ln.Addr().String()))
		go func() { _ = f.Listener(ln) }()
		return func() { _ = f.Shutdown() }
	},
}

func listen(h http.Handler, ln net.Listener) func() {
	server := httptest.NewUnstartedServer(h)
	_ = server.Listener.Close()
	server.Listener = ln
	server.Start()
	return server.Close
}

// A visitor is a browser with a WebSocket.
type visitor struct {
	*testing.T
	base   string
	client *http.Client
}

func (v *visitor) get(path string) {
	v.Helper()
	answer, err := v.client.Get(v.base + path)
	if err != nil {
		v.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		v.Errorf("%s: status %d", path, answer.StatusCode)
	}
}

// dial returns the socket, and the status if there is none.
func (v *visitor) dial(ctx context.Context, origin string) (*websocket.Conn, int) {
	v.Helper()
	conn, answer, err := websocket.Dial(ctx, v.base+"/ws", &websocket.DialOptions{
		HTTPClient: v.client, HTTPHeader: http.Header{"Origin": {origin}},
	})
	if err != nil && answer == nil {
		v.Fatal(err)
	}
	return conn, answer.StatusCode
}

// next returns the next message, or the code with which the socket was closed.
func next(ctx context.Context, conn *websocket.Conn) (string, websocket.StatusCode) {
	_, text, err := conn.Read(ctx)
	return string(text), websocket.CloseStatus(err)
}

func TestAWebSocketEndsWithItsSession(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	for name, start := range frameworks {
		t.Run(name, func(t *testing.T) {
			m, err := core.New(memstore.New(), []byte(strings.Repeat("s", 32)), &core.Options{
				WatchInterval: 20 * time.Millisecond,
				Cookie:        core.Cookie{InsecureCookie: true},
				Logger:        slog.New(slog.DiscardHandler),
			})
			if err != nil {
				t.Fatal(err)
			}
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(start(m, ln))
			for _, test := range []struct {
				name, path string
				want       string
				closed     websocket.StatusCode
			}{
				{"another request changes the role", "/change", "writer", -1},
				{"the rights change, with Renew", "/promote", "", Reconnect},
				{"a logout elsewhere", "/logout", "", SignIn},
				{"an administrator ends all sessions", "", "", SignIn},
			} {
				jar, _ := cookiejar.New(nil)
				v := &visitor{t, "http://" + ln.Addr().String(), &http.Client{Jar: jar}}
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				if _, status := v.dial(ctx, v.base); status != http.StatusUnauthorized {
					t.Errorf("without a login: status %d", status)
				}
				v.get("/login")
				if _, status := v.dial(ctx, "https://evil.example"); status == http.StatusSwitchingProtocols {
					t.Error("a page of another site opens the socket")
				}
				conn, _ := v.dial(ctx, v.base)
				defer conn.CloseNow()
				if role, _ := next(ctx, conn); role != "reader" {
					t.Errorf("%s: before it, the role is %q", test.name, role)
				}
				if test.path != "" {
					v.get(test.path)
				} else if n, err := m.EndAll(ctx, "ada"); n == 0 || err != nil {
					t.Errorf("%d ended, error %v", n, err)
				}
				if role, closed := next(ctx, conn); role != test.want || closed != test.closed {
					t.Errorf("%s: role %q, closed with %d; want %q, %d", test.name, role, closed, test.want, test.closed)
				}
				if test.closed == Reconnect {
					again, _ := v.dial(ctx, v.base)
					defer again.CloseNow()
					if role, _ := next(ctx, again); role != "admin" {
						t.Errorf("connected again, the role is %q", role)
					}
				}
			}
		})
	}
}
