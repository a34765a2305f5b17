package examples_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// An nginx runs with the configuration of the folder nginx.
type nginx struct {
	nginxConfig
	stderr bytes.Buffer
	ended  chan struct{} // closed when stderr and err are complete
	err    error
}

// findNginx skips the test without the program, or fails it with NGINX_REQUIRED=1.
func findNginx(t *testing.T) string {
	t.Helper()
	// Debian keeps it where only the superuser's PATH leads.
	for _, name := range []string{"nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("NGINX_REQUIRED") == "1" {
		t.Fatal("NGINX_REQUIRED=1, but there is no nginx in PATH")
	}
	t.Skip("no nginx in PATH; install one, or let make test do it")
	return ""
}

// startNginx starts nginx before four servers, given by host:port, and returns once it answers. It ends with the test.
func startNginx(t *testing.T, servers [4]string) *nginx {
	t.Helper()
	program := findNginx(t)
	const tries = 5 // somebody may take a port before nginx does
	var err error
	for range tries {
		n := &nginx{nginxConfig: newNginxConfig(t, servers), ended: make(chan struct{})}
		if err = n.run(t, program); err == nil {
			return n
		}
	}
	t.Fatal(err)
	return nil
}

func (n *nginx) run(t *testing.T, program string) error {
	cmd := exec.Command(program, "-p", n.dir, "-c", filepath.Join(n.dir, "nginx.conf"), "-e", "stderr", "-g", "daemon off;")
	cmd.Stderr = &n.stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		n.err = cmd.Wait()
		close(n.ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // a master that is killed leaves its workers behind
		<-n.ended
		if t.Failed() {
			t.Logf("nginx said:\n%s", &n.stderr)
		}
	})
	return n.ready()
}

// ready waits until nginx answers.
func (n *nginx) ready() error {
	for deadline := time.Now().Add(startTimeout); ; {
		conn, err := tls.Dial("tcp", n.secure, n.client())
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("nginx does not answer: %w", err)
		}
		select {
		case <-n.ended:
			return fmt.Errorf("nginx: %w\n%s", n.err, &n.stderr)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (n *nginx) client() *tls.Config { return &tls.Config{RootCAs: n.roots} }

func (n *nginx) url() string { return "https://" + n.secure }

// visitor returns a visitor behind nginx.
func (n *nginx) visitor(t *testing.T) *visitor {
	v := newVisitor(t)
	transport := &http.Transport{TLSClientConfig: n.client()}
	t.Cleanup(transport.CloseIdleConnections)
	v.client.Transport = transport
	return v
}
