// Package balancer lets servers answer in turn, behind one address.
package balancer

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"sync/atomic"
	"time"

	"github.com/ringsession/ringsession/examples/site"
)

// A Balancer is a reverse proxy and the servers behind it.
type Balancer struct {
	front    *http.Server
	proxy    httputil.ReverseProxy
	client   http.Transport
	backends []site.Server
	addrs    []string // of the backends, while they serve
	requests atomic.Uint64
}

// New returns a Balancer that starts and ends the servers with itself. Each request goes to the next of them.
func New(backends ...site.Server) *Balancer {
	b := &Balancer{backends: backends}
	b.client.MaxIdleConnsPerHost = 64
	// Sooner than the servers end them: a request that meets the end of its connection is lost.
	b.client.IdleConnTimeout = time.Minute
	b.proxy = httputil.ReverseProxy{Rewrite: b.rewrite, Transport: &b.client}
	b.front = site.NewServer(&b.proxy)
	return b
}

// Wrap puts a handler before the proxy, as a middleware. It is called before Serve.
func (b *Balancer) Wrap(middleware func(http.Handler) http.Handler) {
	b.front.Handler = middleware(b.front.Handler)
}

// OnAnswer lets f change what the servers answer, before it leaves. It is called before Serve.
func (b *Balancer) OnAnswer(f func(*http.Response) error) { b.proxy.ModifyResponse = f }

// OnShutdown lets f end the answers that would not end by themselves. It is called before Serve.
func (b *Balancer) OnShutdown(f func()) { b.front.RegisterOnShutdown(f) }

// rewrite leaves the Host header as it came, so that backends can compare it with Origin.
func (b *Balancer) rewrite(r *httputil.ProxyRequest) {
	turn := b.requests.Add(1) - 1
	r.Out.URL.Scheme = "http"
	r.Out.URL.Host = b.addrs[turn%uint64(len(b.addrs))]
	r.SetXForwarded()
}

// Serve starts the servers on free ports and answers on l until one of them fails or Shutdown is called. After either, Shutdown
// ends the rest.
func (b *Balancer) Serve(l net.Listener) error {
	ended := make(chan error, len(b.backends)+1)
	for _, backend := range b.backends {
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		b.addrs = append(b.addrs, inner.Addr().String())
		go func() { ended <- backend.Serve(inner) }()
	}
	go func() { ended <- b.front.Serve(l) }()
	return <-ended
}

// Shutdown ends the proxy first, so that the servers answer what it has passed on.
func (b *Balancer) Shutdown(ctx context.Context) error {
	err := b.front.Shutdown(ctx)
	b.client.CloseIdleConnections()
	for _, backend := range b.backends {
		err = errors.Join(err, backend.Shutdown(ctx))
	}
	return err
}
