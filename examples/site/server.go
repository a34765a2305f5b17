package site

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// NewServer returns a server for the handler, which may be a framework. Its Shutdown does not wait for connections that a
// browser opened and never used; by itself it would, for five seconds.
func NewServer(h http.Handler) *http.Server {
	unused := unused{conns: make(map[net.Conn]bool)}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ConnState: unused.see}
	s.RegisterOnShutdown(unused.end)
	return s
}

// unused are the connections that have not carried a request yet.
type unused struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
}

func (u *unused) see(c net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if state == http.StateNew {
		u.conns[c] = true
	} else {
		delete(u.conns, c)
	}
}

func (u *unused) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for c := range u.conns {
		_ = c.Close()
	}
}
