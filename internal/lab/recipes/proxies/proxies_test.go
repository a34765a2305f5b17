// Package proxies_test visits two processes behind the proxies of docs/recipes/proxies.md.
package proxies_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/sessiontest"
	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
	"github.com/ringsession/ringsession/nethttpsession"
)

// nginxFiles writes the configuration of examples/nginx with the location for WebSockets.
func nginxFiles(t *testing.T, dir, addr string, upstream [2]string) []string {
	t.Helper()
	const examples = "../../../../examples/nginx/"
	location := read(t, "websocket.conf")
	conf := replace(t, read(t, examples+"ringsession.conf"), map[string]string{
		"listen 127.0.0.1:8080;": "listen unix:" + dir + "/plain.sock;",
		"127.0.0.1:8443 ssl":     addr + " ssl",
		"127.0.0.1:8081 ":        upstream[0] + " ", "127.0.0.1:8082 ": upstream[1] + " ",
		"127.0.0.1:8083 ": upstream[0] + " ", "127.0.0.1:8084 ": upstream[1] + " ",
		"    # Server-sent events": location + "    # Server-sent events",
	})
	write(t, dir, "ringsession.conf", conf)
	write(t, dir, "nginx.conf", read(t, examples+"nginx.conf"))
	writeCertificate(t, dir)
	return []string{"-p", dir, "-c", filepath.Join(dir, "nginx.conf"), "-e", "stderr", "-g", "daemon off;"}
}

func caddyFiles(t *testing.T, dir, addr string, upstream [2]string) []string {
	t.Helper()
	conf := replace(t, read(t, "Caddyfile"), map[string]string{
		"www.example.com {": "https://" + addr + " {\n\ttls cert.pem key.pem",
		"10.0.1.1:8080":     upstream[0], "10.0.1.2:8080": upstream[1],
	})
	global := fmt.Sprintf("{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system %s\n}\n", dir)
	write(t, dir, "Caddyfile", global+conf)
	writeCertificate(t, dir)
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
			path, err := exec.LookPath(proxy.program)
			if err != nil && os.Getenv(proxy.required) == "1" {
				t.Fatal(err)
			} else if err != nil {
				t.Skip(err)
			}
			sessions := sessiontest.New(t, nil)
			one, two := newProcess(t, sessions), newProcess(t, sessions)
			dir, addr := t.TempDir(), freeAddress(t)
			start(t, path, dir, addr, proxy.files(t, dir, addr, [2]string{one.addr, two.addr}))
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

// start runs the proxy until the test is over.
func start(t *testing.T, path, dir, addr string, args []string) {
	t.Helper()
	var log bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // a master of nginx that is killed leaves its workers behind
		<-ended
		if t.Failed() {
			t.Logf("the proxy said:\n%s", &log)
		}
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// writeCertificate writes the one of httptest as cert.pem and key.pem.
func writeCertificate(t *testing.T, dir string) {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, "key.pem": {Type: "PRIVATE KEY", Bytes: key},
	} {
		write(t, dir, name, string(pem.EncodeToMemory(block)))
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// replace replaces what is there once.
func replace(t *testing.T, text string, changes map[string]string) string {
	t.Helper()
	var pairs []string
	for from, to := range changes {
		if n := strings.Count(text, from); n != 1 {
			t.Fatalf("the file has %q %d times, want once", from, n)
		}
		pairs = append(pairs, from, to)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
