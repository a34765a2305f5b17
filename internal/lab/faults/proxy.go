package faults

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// A disturbance is what a proxy does to its connections.
type disturbance string

const (
	none       disturbance = ""
	latency    disturbance = "latency"       // every request and every reply comes late
	blackHole  disturbance = "black hole"    // connections are accepted, nothing passes
	reset      disturbance = "reset"         // connections are reset, new ones at their first request
	slowClose  disturbance = "slow close"    // requests pass, replies do not, and the connection closes late
	byteLimit  disturbance = "byte limit"    // connections are cut within a request
	halfReply  disturbance = "half a reply"  // half of a reply passes, then nothing more
	dropReply  disturbance = "reply dropped" // the server carries out the request, and the connection is cut before its reply
	refuse     disturbance = "refused"       // nobody listens
	closeAfter             = 400 * time.Millisecond
)

// A proxy stands before one server and disturbs what passes. It is not github.com/Shopify/toxiproxy, which cannot drop a reply
// after the server has carried out the request, and that is what makes a client repeat what has happened already.
//
// A connection that was disturbed never passes anything again, as a later reply would answer the wrong request.
type proxy struct {
	target, addr string

	mu       sync.Mutex
	listener net.Listener
	links    map[*link]bool
	how      disturbance
	delay    time.Duration // of latency, one way
	left     int           // replies to drop before dropReply ends by itself; 0: it does not
}

// A link is one connection through a proxy.
type link struct {
	client, server net.Conn
	silent         bool // the proxy's mu
	sent           int  // bytes of requests, counted while byteLimit is on
}

// newProxy listens below the ports that systems give to outgoing connections, so that its port is still free after a time in
// which nobody listens.
func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	p := &proxy{target: target, links: make(map[*link]bool)}
	var err error
	for range 200 {
		p.addr = fmt.Sprintf("127.0.0.1:%d", 30000+rand.IntN(2700))
		if p.listener, err = net.Listen("tcp", p.addr); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatalf("no port for a proxy: %v", err)
	}
	go p.serve(p.listener)
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		_ = p.listener.Close()
		p.cutAll(false)
	})
	return p
}

// disturb begins a disturbance. Those that spoil connections by closing them begin with the ones that are open.
func (p *proxy) disturb(how disturbance, delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.how, p.delay, p.left = how, delay, 0
	for l := range p.links {
		l.sent = 0
	}
	switch how {
	case refuse:
		_ = p.listener.Close()
		p.cutAll(true)
	case reset:
		p.cutAll(true)
	}
}

// drop drops so many replies, and then no more.
func (p *proxy) drop(replies int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.how, p.left = dropReply, replies
}

// heal ends the disturbance for new connections and for those that it did not touch.
func (p *proxy) heal() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.how
	p.how = none
	if was != refuse {
		return nil
	}
	var err error
	for range 1000 {
		if p.listener, err = net.Listen("tcp", p.addr); err == nil {
			go p.serve(p.listener)
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("the proxy lost its port: %w", err)
}

func (p *proxy) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		go p.connect(client)
	}
}

func (p *proxy) connect(client net.Conn) {
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		cut(client, true)
		return
	}
	l := &link{client: client, server: server}
	p.mu.Lock()
	p.links[l] = true
	p.mu.Unlock()
	go p.pass(l, server, client, p.request)
	p.pass(l, client, server, p.reply)
}

// pass copies what judge lets through, in one direction, until the connection ends.
func (p *proxy) pass(l *link, to, from net.Conn, judge func(*link, int) verdict) {
	defer p.end(l)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			v := judge(l, n)
			time.Sleep(v.wait)
			if v.pass > 0 {
				_, _ = to.Write(buffer[:v.pass])
			}
			if v.end {
				cut(l.client, v.rudely)
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) end(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
	_, _ = l.client.Close(), l.server.Close()
}

// cutAll closes all connections. The caller holds mu.
func (p *proxy) cutAll(rudely bool) {
	for l := range p.links {
		cut(l.client, rudely)
		_ = l.server.Close()
	}
}

// cut closes the connection, rudely with a reset.
func cut(c net.Conn, rudely bool) {
	if tcp, ok := c.(*net.TCPConn); ok && rudely {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// byteLimitAt is how much a connection may send under byteLimit: less than one script call, more than a handshake.
const byteLimitAt = 150

// A verdict is what becomes of bytes that arrived at a proxy.
type verdict struct {
	wait        time.Duration // first
	pass        int           // so many bytes
	end, rudely bool          // then the connection ends
}

func (p *proxy) request(l *link, n int) verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v, decided := p.either(l, n); decided {
		return v
	}
	switch p.how {
	case reset:
		return verdict{end: true, rudely: true}
	case byteLimit:
		before := l.sent
		if l.sent += n; l.sent > byteLimitAt {
			return verdict{pass: max(byteLimitAt-before, 0), end: true}
		}
	}
	return verdict{pass: n}
}

// either decides what is the same in both directions. Callers hold p.mu.
func (p *proxy) either(l *link, n int) (v verdict, decided bool) {
	switch {
	case l.silent:
		return verdict{}, true
	case p.how == blackHole:
		l.silent = true
		return verdict{}, true
	case p.how == latency:
		return verdict{wait: p.delay, pass: n}, true
	}
	return verdict{}, false
}

func (p *proxy) reply(l *link, n int) verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v, decided := p.either(l, n); decided {
		return v
	}
	switch p.how {
	case slowClose:
		l.silent = true
		return verdict{wait: closeAfter, end: true}
	case halfReply:
		l.silent = true
		return verdict{pass: n / 2}
	case dropReply:
		if p.left--; p.left == 0 {
			p.how = none
		}
		return verdict{end: true}
	}
	return verdict{pass: n}
}
