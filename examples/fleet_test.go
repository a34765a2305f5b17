package examples_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// A fleet is nginx before four servers that answer as a test wants, and a client.
type fleet struct {
	*visitor
	nginx   *nginx
	servers [4]*httptest.Server
	conns   atomic.Int64 // that nginx opened

	mu     sync.Mutex
	asked  [4]int // requests
	answer func(server int, w http.ResponseWriter, r *http.Request)
}

func newFleet(t *testing.T) *fleet {
	f := new(fleet)
	var addrs [4]string
	for i := range f.servers {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.handle(i, w, r) }))
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				f.conns.Add(1)
			}
		}
		s.Start()
		t.Cleanup(s.Close)
		f.servers[i], addrs[i] = s, s.Listener.Addr().String()
	}
	f.nginx = startNginx(t, addrs)
	f.visitor = f.nginx.visitor(t)
	f.client.Jar = nil
	return f
}

func (f *fleet) handle(server int, w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asked[server]++
	answer := f.answer
	f.mu.Unlock()
	if answer != nil {
		answer(server, w, r)
	}
}

// will makes the servers answer so.
func (f *fleet) will(answer func(server int, w http.ResponseWriter, r *http.Request)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

// requests returns how many requests came to each server.
func (f *fleet) requests() [4]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

func (f *fleet) post(address string) answer {
	f.t.Helper()
	return f.ask(http.MethodPost, address, url.Values{"a": {"form"}})
}

// wantInAll checks the answer's status, and how many requests came to all servers together.
func (f *fleet) wantInAll(a answer, status, requests int) {
	f.t.Helper()
	sum := 0
	for _, n := range f.requests() {
		sum += n
	}
	if a.StatusCode != status || sum != requests {
		f.t.Errorf("status %d, and %d requests came to the servers; want %d and %d", a.StatusCode, sum, status, requests)
	}
}
