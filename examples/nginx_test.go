package examples_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"testing"

	"github.com/ringsession/ringsession/internal/proxytest"
)

// An nginx runs with the configuration of the folder nginx, in which the addresses are others.
type nginx struct {
	plain, secure string // host:port
	roots         *x509.CertPool
}

// findNginx skips the test without the program, or fails it with NGINX_REQUIRED=1.
func findNginx(t *testing.T) string {
	t.Helper()
	return proxytest.Find(t, "nginx", "NGINX_REQUIRED")
}

// startNginx starts nginx before four servers, given by host:port, and returns once it answers. It ends with the test.
func startNginx(t *testing.T, servers [4]string) *nginx {
	t.Helper()
	program := findNginx(t)
	const tries = 5 // somebody may take a port before nginx does
	var err error
	for range tries {
		dir, n := t.TempDir(), new(nginx)
		n.plain, n.secure = proxytest.FreeAddresses(t)
		_, port, _ := net.SplitHostPort(n.secure)
		changes := map[string]string{"127.0.0.1:8080": n.plain, "127.0.0.1:8443": n.secure, "$host:8443": "$host:" + port}
		for i, addr := range servers {
			changes[fmt.Sprintf("127.0.0.1:%d", 8081+i)] = addr
		}
		n.roots = proxytest.Write(t, dir, map[string]string{
			"nginx.conf":       proxytest.Read(t, "nginx/nginx.conf", nil),
			"ringsession.conf": proxytest.Read(t, "nginx/ringsession.conf", changes),
		})
		err = proxytest.Start(t, dir, n.secure, program, "-p", dir, "-c", dir+"/nginx.conf", "-e", "stderr", "-g", "daemon off;")
		if err == nil {
			return n
		}
	}
	t.Fatal(err)
	return nil
}

func (n *nginx) url() string { return "https://" + n.secure }

// visitor returns a visitor behind nginx.
func (n *nginx) visitor(t *testing.T) *visitor {
	v := newVisitor(t)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: n.roots}}
	t.Cleanup(transport.CloseIdleConnections)
	v.client.Transport = transport
	return v
}
