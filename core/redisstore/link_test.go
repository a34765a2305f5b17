package redisstore

import (
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

// A link is a proxy to a server. It can hold the replies of its connections back,
// delay and split them, and cut.
type link struct {
	net.Listener
	target string
	jitter time.Duration // the longest delay of a part of a reply

	mu    sync.Mutex
	conns []*linked
}

// linked is one connection through a link.
type linked struct {
	client, server net.Conn

	mu       sync.Mutex
	released *sync.Cond
	held     bool
	asked    int // bytes from the client
}

func newLink(t *testing.T, target string, secure bool, jitter ...time.Duration) *link {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if secure {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate(t)}})
	}
	k := &link{Listener: l, target: target, jitter: append(jitter, 0)[0]}
	t.Cleanup(func() { _ = l.Close(); k.cut() })
	go k.serve()
	return k
}

func certificate(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (k *link) serve() {
	for {
		client, err := k.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", k.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		c := &linked{client: client, server: server}
		c.released = sync.NewCond(&c.mu)
		k.mu.Lock()
		k.conns = append(k.conns, c)
		k.mu.Unlock()
		go c.ask()
		go c.reply(k.jitter)
	}
}

func (c *linked) ask() {
	defer c.cut()
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.client.Read(buffer)
		if err != nil {
			return
		}
		c.mu.Lock()
		c.asked += n
		c.mu.Unlock()
		if _, err := c.server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (c *linked) reply(jitter time.Duration) {
	defer c.cut()
	buffer := make([]byte, 64<<10)
	for {
		size := len(buffer)
		if jitter > 0 {
			size = 1 + mathrand.IntN(2000)
		}
		n, err := c.server.Read(buffer[:size])
		if err != nil {
			return
		}
		if jitter > 0 && mathrand.IntN(4) == 0 {
			time.Sleep(mathrand.N(jitter))
		}
		c.mu.Lock()
		for c.held {
			c.released.Wait()
		}
		c.mu.Unlock()
		if _, err := c.client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (c *linked) cut() { _, _ = c.client.Close(), c.server.Close(); c.hold(false) }

func (c *linked) hold(held bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = held
	c.released.Broadcast()
}

// all returns the connections up to now.
func (k *link) all() []*linked {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]*linked(nil), k.conns...)
}

func (k *link) hold(held bool) {
	for _, c := range k.all() {
		c.hold(held)
	}
}

func (k *link) cut() {
	for _, c := range k.all() {
		c.cut()
	}
}

// asked is how many bytes came from the client.
func (k *link) asked() (sum int) {
	for _, c := range k.all() {
		c.mu.Lock()
		sum += c.asked
		c.mu.Unlock()
	}
	return sum
}

// client returns a client through the link, whose calls end by their contexts.
func (k *link) client(t *testing.T) *redis.Client {
	t.Helper()
	scheme := "redis://"
	if _, plain := k.Listener.(*net.TCPListener); !plain {
		scheme = "rediss://"
	}
	o, err := ClientOptions(scheme + k.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if o.TLSConfig != nil {
		o.TLSConfig.InsecureSkipVerify = true
	}
	for _, to := range []*time.Duration{&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout} {
		*to = time.Minute // longer than any test
	}
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	return client
}
