// Package proxytest runs the configurations of proxies that examples and docs show, with other addresses.
package proxytest

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
	"testing"
	"time"
)

// Find returns the path of the program. Without it, the test is skipped, or fails if the environment variable, such as
// NGINX_REQUIRED, is 1.
func Find(t testing.TB, program, variable string) string {
	t.Helper()
	// Debian keeps nginx where only the superuser's PATH leads.
	for _, folder := range []string{"", "/usr/sbin/", "/usr/local/sbin/"} {
		if path, err := exec.LookPath(folder + program); err == nil {
			return path
		}
	}
	if os.Getenv(variable) == "1" {
		t.Fatalf("%s=1, but there is no %s in PATH", variable, program)
	}
	t.Skipf("no %s in PATH; install one, or let make test do it", program)
	return ""
}

// Start starts the program in the folder, and returns when it takes connections at the address. It ends with the test.
func Start(t testing.TB, dir, addr, program string, args ...string) error {
	t.Helper()
	var log bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &log, &log
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // a master of nginx that is killed leaves its workers behind
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", program, &log)
		}
	})
	for deadline := time.Now().Add(time.Minute); ; {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s does not answer: %w", program, err)
		}
		select {
		case <-ended:
			return fmt.Errorf("%s ended: %v\n%s", program, cmd.ProcessState, &log)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Read returns the file with the changes. What is to be changed is there once.
func Read(t testing.TB, file string, changes map[string]string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for from, to := range changes {
		if n := strings.Count(string(text), from); n != 1 {
			t.Fatalf("%s has %q %d times, want once", file, from, n)
		}
		pairs = append(pairs, from, to)
	}
	return strings.NewReplacer(pairs...).Replace(string(text))
}

// Write writes files to the folder, each by its name, and httptest's certificate as cert.pem and key.pem. It returns what
// trusts that.
func Write(t testing.TB, dir string, files map[string]string) *x509.CertPool {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	files["cert.pem"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}))
	files["key.pem"] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return roots
}

// FreeAddresses returns two addresses that nobody listens on.
func FreeAddresses(t testing.TB) (one, other string) {
	t.Helper()
	var addrs []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		addrs = append(addrs, l.Addr().String())
	}
	return addrs[0], addrs[1]
}
