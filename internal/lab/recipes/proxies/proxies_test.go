// Package proxies_test visits two processes behind the proxies of docs/recipes/proxies.md.
package proxies_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/sessiontest"
	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
	"github.com/ringsession/ringsession/internal/proxytest"
	"github.com/ringsession/ringsession/nethttpsession"
)

// nginxFiles writes the configuration of examples/nginx with the location for WebSockets.
func nginxFiles(t *testing.T, dir, addr string, upstream [2]string) []string {
	t.Helper()
	const examples = "../../../../examples/nginx/"
	conf := proxytest.Read(t, examples+"ringsession.conf", map[string]string{
		"listen 127.0.0.1:8080;": "listen unix:" + dir + "/plain.sock;",
		"127.0.0.1:8443 ssl":     addr + " ssl",
		"127.0.0.1:8081 ":        upstream[0] + " ", "127.0.0.1:8082 ": upstream[1] + " ",
		"127.0.0.1:8083 ": upstream[0] + " ", "127.0.0.1:8084 ": upstream[1] + " ",
		"    # Server-sent events": proxytest.Read(t, "websocket.conf", nil) + "    # Server-sent events",
	})
	proxytest.Write(t, dir, map[string]string{
		"ringsession.conf": conf, "nginx.conf": proxytest.Read(t, examples+"nginx.conf", nil),
	})
	return []string{"-p", dir, "-c", dir + "/nginx.conf", "-e", "stderr", "-g", "daemon off;"}
}

func caddyFiles(t *testing.T, dir, addr string, upstream [2]string) []string {
	t.Helper()
	conf := proxytest.Read(t, "Caddyfile", map[string]string{
		"www.example.com {": "https://" + addr + " {\n\ttls cert.pem key.pem",
		"10.0.1.1:8080":     upstream[0], "10.0.1.2:8080": upstream[1],
	})
	global := fmt.Sprintf("{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system %s\n}\n", dir)
	proxytest.Write(t, dir, map[string]string{"Caddyfile": global + conf})
	return []string{"run", "--config", "Caddyfile", "--adapter", "caddyfile"}
}

func TestTwoProcessesBehindAProxy(t *testing.T) {
	for _, proxy := range []struct {
		program  string
		required string
		files    func(t *testing.T, dir, addr string, upstream [2]string) []string
	}{
		{"nginx", "NGINX_REQUIRED", nginxFiles},
		{"caddy", "CADDY_REQUIRED", caddyFiles},
	} {
		t.Run(proxy.program, func(t *testing.T) {
			path := proxytest.Find(t, proxy.program, proxy.required)
			sessions := sessiontest.New(t, nil)
			one, two := newProcess(t, sessions), newProcess(t, sessions)
			dir := t.TempDir()
			addr, _ := proxytest.FreeAddresses(t)
			args := proxy.files(t, dir, addr, [2]string{one.addr, two.addr})
			if err := proxytest.Start(t, dir, addr, path, args...); err != nil {
				t.Fatal(err)
			}
			visit(t, recipetest.At(t, "https://"+addr))
			if one.requests.Load() < 3 || two.requests.Load() < 3 {
				t.Errorf("%d and %d requests", one.requests.Load(), two.requests.Load())
			}
		})
	}
}

// visit logs in with the default cookie, and opens a WebSocket.
func visit(t *testing.T, v *recipetest.Visitor) {
	t.Helper()
	// A browser without Sec-Fetch-Site, for which Host and Origin count.
	login := v.Post("/login", "", "Sec-Fetch-Site", "")
	v.Want("the login", login, "200")
	cookie := login.Header.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "__Host-session=") || !strings.Contains(cookie, "; Secure") {
		t.Errorf("the cookie is %q", cookie)
	}
	v.Want("another site", v.Post("/login", "", "Sec-Fetch-Site", "", "Origin", "https://evil.example"), "403 …")
	for range 8 {
		v.Want("a page", v.Get("/"), "200 ada")
	}
	conn, _, err := websocket.Dial(t.Context(), v.URL+"/ws", &websocket.DialOptions{
		HTTPClient: v.Client(), HTTPHeader: http.Header{"Origin": {v.URL}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if _, text, err := conn.Read(t.Context()); string(text) != "ada" {
		t.Errorf("the WebSocket says %q, error %v", text, err)
	}
}

// A process of the site.
type process struct {
	addr     string
	requests atomic.Int64
}

func newProcess(t *testing.T, sessions *core.Manager) *process {
	t.Helper()
	p := &process{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(_ http.ResponseWriter, r *http.Request) { nethttpsession.From(r).Login("ada") })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		p.requests.Add(1)
		fmt.Fprint(w, nethttpsession.From(r).User())
	})
	mux.HandleFunc("GET /ws", func(w http.ResponseWriter, r *http.Request) {
		user := nethttpsession.From(r).User()
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Write(r.Context(), websocket.MessageText, []byte(user))
		_ = conn.Close(websocket.StatusNormalClosure, "")
	})
	server := httptest.NewServer(nethttpsession.Middleware(sessions)(mux))
	t.Cleanup(server.Close)
	p.addr = server.Listener.Addr().String()
	return p
}
