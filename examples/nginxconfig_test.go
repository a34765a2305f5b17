package examples_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An nginxConfig is a folder with the files of the folder nginx, in which the addresses are others, and a certificate.
type nginxConfig struct {
	dir           string
	plain, secure string // host:port
	roots         *x509.CertPool
}

func newNginxConfig(t *testing.T, servers [4]string) nginxConfig {
	t.Helper()
	c := nginxConfig{dir: t.TempDir()}
	c.plain, c.secure = freeAddresses(t)
	_, port, _ := net.SplitHostPort(c.secure)
	changes := map[string]string{"127.0.0.1:8080": c.plain, "127.0.0.1:8443": c.secure, "$host:8443": "$host:" + port}
	for i, addr := range servers {
		changes[fmt.Sprintf("127.0.0.1:%d", 8081+i)] = addr
	}
	c.copy(t, "nginx.conf", nil)
	c.copy(t, "ringsession.conf", changes)
	c.roots = newCertificate(t, c.dir)
	return c
}

// copy copies a file. What is to be changed is there once.
func (c nginxConfig) copy(t *testing.T, name string, changes map[string]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("nginx", name))
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for from, to := range changes {
		if n := strings.Count(string(text), from); n != 1 {
			t.Fatalf("%s has %s %d times, want once", name, from, n)
		}
		pairs = append(pairs, from, to)
	}
	changed := strings.NewReplacer(pairs...).Replace(string(text))
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

func freeAddresses(t *testing.T) (one, other string) {
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

// newCertificate writes httptest's as cert.pem and key.pem to dir, and returns what trusts it.
func newCertificate(t *testing.T, dir string) *x509.CertPool {
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
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return roots
}
