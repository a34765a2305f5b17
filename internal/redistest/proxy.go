package redistest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A Proxy stands before a server. It counts what passes, holds replies back,
// delays, splits and loses them, and cuts connections. Closing it closes its
// listener alone.
type Proxy struct {
	net.Listener
	scheme string

	mu      sync.Mutex
	target  string
	delay   time.Duration // the longest of a part of a reply; 0: replies pass whole and at once
	links   []*Link
	asked   int // bytes of requests since the last CutAfter
	allowed int // after how many of them to cut; negative: never
	lose    int // so many replies do not pass, and all is cut instead; negative: all
	wasCut  bool
	trips   int  // how often the direction changed from replies to requests
	asking  bool // the last bytes were those of a request
}

// A Link is one connection through a [Proxy].
type Link struct {
	client, server net.Conn

	mu       sync.Mutex
	released *sync.Cond
	held     bool
}

// NewProxy starts a proxy before the server at host:port.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	return newProxy(t, target, "redis://", func(l net.Listener) net.Listener { return l })
}

// NewTLSProxy starts a proxy whose clients speak TLS. Its certificate is nobody's.
func NewTLSProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return newProxy(t, target, "rediss://", func(l net.Listener) net.Listener {
		return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}})
	})
}

func newProxy(
	t testing.TB, target, scheme string, secure func(net.Listener) net.Listener,
) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Listener: secure(l), scheme: scheme, target: target, allowed: -1}
	t.Cleanup(func() {
		_ = p.Close()
		p.Cut()
	})
	go p.serve()
	return p
}

// URL returns the proxy's address as redis://host:port, or rediss:// with TLS.
func (p *Proxy) URL() string { return p.scheme + p.Addr().String() }

func (p *Proxy) serve() {
	for {
		client, err := p.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		target := p.target
		p.mu.Unlock()
		server, err := net.Dial("tcp", target)
		if err != nil {
			_ = client.Close()
			continue
		}
		l := &Link{client: client, server: server}
		l.released = sync.NewCond(&l.mu)
		p.mu.Lock()
		p.links = append(p.links, l)
		p.mu.Unlock()
		go p.pass(l, server, client, p.request)
		go p.pass(l, client, server, func(n int) (int, bool) { l.wait(); return p.reply(n) })
	}
}

// pass copies what filter lets through, until filter wants a cut or the
// connection ends.
func (p *Proxy) pass(l *Link, to, from net.Conn, filter func(n int) (let int, goOn bool)) {
	defer l.Cut()
	buffer := make([]byte, 64<<10)
	for {
		size := len(buffer)
		if from == l.server {
			size = p.dawdle(size)
		}
		n, err := from.Read(buffer[:size])
		if n > 0 {
			let, goOn := filter(n)
			_, _ = to.Write(buffer[:let])
			if !goOn {
				p.Cut()
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// dawdle takes its time now and then, if the proxy delays replies. It returns how
// many bytes of a reply pass together.
func (p *Proxy) dawdle(most int) int {
	p.mu.Lock()
	delay := p.delay
	p.mu.Unlock()
	if delay == 0 {
		return most
	}
	if mathrand.IntN(4) == 0 {
		time.Sleep(mathrand.N(delay))
	}
	return 1 + mathrand.IntN(2000)
}

func (p *Proxy) request(n int) (let int, goOn bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.asking {
		p.asking = true
		p.trips++
	}
	before := p.asked
	p.asked += n
	if p.allowed < 0 || p.asked <= p.allowed {
		return n, true
	}
	return max(p.allowed-before, 0), false
}

func (p *Proxy) reply(n int) (let int, goOn bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asking = false
	if p.lose != 0 {
		p.lose--
		return 0, false
	}
	return n, true
}

// Delay makes the proxy split replies anywhere, and let some of the parts wait,
// each for so long at most.
func (p *Proxy) Delay(most time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = most
}

// Lead makes the proxy lead to another server, as after a machine was replaced.
func (p *Proxy) Lead(target string) {
	p.mu.Lock()
	p.target = target
	p.mu.Unlock()
	p.Cut()
}

// CutAfter makes the proxy pass so many more bytes to the server and then cut. A
// negative number ends that, and the loss of replies.
func (p *Proxy) CutAfter(bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.allowed, p.lose, p.wasCut = 0, bytes, 0, false
}

// LoseReplies makes the proxy cut in place of the next n replies, or of all
// replies if n is negative.
func (p *Proxy) LoseReplies(n int) {
	p.CutAfter(-1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = n
}

// Cut closes all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	links := p.links
	p.links, p.wasCut = nil, true
	p.mu.Unlock()
	for _, l := range links {
		l.Cut()
	}
}

// HasCut reports whether connections were cut since the last [Proxy.CutAfter].
func (p *Proxy) HasCut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wasCut
}

// Asked returns how many bytes of requests came since the last [Proxy.CutAfter].
func (p *Proxy) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// RoundTrips returns how many there were since the last call.
func (p *Proxy) RoundTrips() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { p.trips = 0 }()
	return p.trips
}

// Links returns the connections up to now.
func (p *Proxy) Links() []*Link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*Link(nil), p.links...)
}

// Hold holds back the replies of the connections up to now, or lets them pass.
func (p *Proxy) Hold(held bool) {
	for _, l := range p.Links() {
		l.hold(held)
	}
}

// Cut closes the connection.
func (l *Link) Cut() {
	_, _ = l.client.Close(), l.server.Close()
	l.hold(false)
}

func (l *Link) hold(held bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = held
	l.released.Broadcast()
}

func (l *Link) wait() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.held {
		l.released.Wait()
	}
}

// A Hook stands between a client and its server. It is called with the commands
// of one call, and with next, which sends them.
type Hook func(ctx context.Context, cmds []redis.Cmder, next func() error) error

func (Hook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h Hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return h(ctx, []redis.Cmder{cmd}, func() error { return next(ctx, cmd) })
	}
}

func (h Hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return h(ctx, cmds, func() error { return next(ctx, cmds) })
	}
}
