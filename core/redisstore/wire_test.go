package redisstore_test

import (
	"net"
	"sync"
	"testing"
)

// A wire is a TCP proxy to one server that counts and cuts. Cutting closes all connections on both sides.
type wire struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	conns   []net.Conn
	sent    int // bytes that passed to the server since the last reset
	allowed int // after how many of them to cut; negative: never
	mute    int // so many replies are not passed on, and the wire is cut instead; negative: all
	wasCut  bool
	turns   int  // how often the direction changed from replies to requests: round trips
	talking bool // the last bytes went to the server
}

func newWire(t testing.TB, target string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, target: target, allowed: -1}
	t.Cleanup(func() {
		_ = l.Close()
		w.cut()
	})
	go w.serve()
	return w
}

func (w *wire) url() string { return "redis://" + w.listener.Addr().String() }

func (w *wire) serve() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		target := w.target
		w.mu.Unlock()
		server, err := net.Dial("tcp", target)
		if err != nil {
			_ = client.Close()
			continue
		}
		w.mu.Lock()
		w.conns = append(w.conns, client, server)
		w.mu.Unlock()
		go w.pass(server, client, w.request)
		go w.pass(client, server, w.reply)
	}
}

// pass copies what filter lets through, until filter wants a cut or the connection ends.
func (w *wire) pass(to, from net.Conn, filter func(n int) (let int, goOn bool)) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			let, goOn := filter(n)
			_, _ = to.Write(buffer[:let])
			if !goOn {
				w.cut()
				return
			}
		}
		if err != nil {
			_, _ = to.Close(), from.Close()
			return
		}
	}
}

func (w *wire) request(n int) (let int, goOn bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.talking {
		w.talking = true
		w.turns++
	}
	before := w.sent
	w.sent += n
	if w.allowed < 0 || w.sent <= w.allowed {
		return n, true
	}
	return max(w.allowed-before, 0), false
}

func (w *wire) reply(n int) (let int, goOn bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.talking = false
	if w.mute != 0 {
		w.mute--
		return 0, false
	}
	return n, true
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wasCut = true
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

// cutAfter makes the wire pass so many more bytes to the server and then cut. A negative number ends that.
func (w *wire) cutAfter(bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent, w.allowed, w.mute, w.wasCut = 0, bytes, 0, false
}

// dropReply makes the wire cut whenever a reply arrives.
func (w *wire) dropReply() { w.dropReplies(-1) }

// dropReplies does so with the next n replies.
func (w *wire) dropReplies(n int) {
	w.cutAfter(-1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mute = n
}

func (w *wire) hasCut() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.wasCut
}

// roundTrips returns how many there were since the last call.
func (w *wire) roundTrips() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer func() { w.turns = 0 }()
	return w.turns
}
