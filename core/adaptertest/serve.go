package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// Serve answers on ln with the handler, over HTTP/1.1 and over HTTP/2 without
// TLS, until the test ends. It fails the test if the server of net/http has
// something to complain about, for instance headers that were written twice.
func Serve(t testing.TB, ln net.Listener, h http.Handler) {
	var complaints buffer
	srv := &http.Server{Handler: h, Protocols: new(http.Protocols), ErrorLog: log.New(&complaints, "", 0)}
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Errorf("a handler does not end: %v", err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the server ended: %v", err)
		}
		if text := complaints.String(); text != "" {
			t.Errorf("the server complains: %s", text)
		}
	})
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
