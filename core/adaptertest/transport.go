package adaptertest

import (
	"context"
	"net"
	"sync"
	"testing"
)

// An endpoint is a listener with the way to reach it.
type endpoint struct {
	net.Listener
	dial func(context.Context) (net.Conn, error)
}

var transports = []struct {
	name   string
	listen func(testing.TB) endpoint
}{
	{"memory", listenMemory},
	{"loopback", listenLoopback},
}

func listenLoopback(t testing.TB) endpoint {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return endpoint{ln, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String())
	}}
}

func listenMemory(testing.TB) endpoint {
	ln := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	return endpoint{ln, ln.dial}
}

// pipes is a listener whose connections are net.Pipes.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "memory" }
