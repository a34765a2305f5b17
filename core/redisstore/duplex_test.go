package redisstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/internal/redistest"
)

var eventually = redistest.Eventually

// linkedDuplex returns a duplex to a real server through a link.
func linkedDuplex(t *testing.T, secure bool) (*duplex, *redistest.Proxy, *redistest.Server) {
	t.Helper()
	server := redistest.Start(t)
	k := proxyOf(t, server, secure)
	d := newDuplex(clientOf(t, k))
	t.Cleanup(d.close)
	return d, k, server
}

func proxyOf(t *testing.T, server *redistest.Server, secure bool) *redistest.Proxy {
	t.Helper()
	if secure {
		return redistest.NewTLSProxy(t, server.Addr())
	}
	return redistest.NewProxy(t, server.Addr())
}

// clientOf returns a client through the proxy, whose calls end by their contexts.
func clientOf(t *testing.T, k *redistest.Proxy) *redis.Client {
	t.Helper()
	o, err := ClientOptions(k.URL())
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

// openLine makes a call, and returns the line that it opened.
func openLine(t *testing.T, d *duplex) *line {
	t.Helper()
	if err := echo(t.Context(), d, "opens a line"); err != nil {
		t.Fatal(err)
	}
	return (*d.lines.Load())[0]
}

// echo makes a call whose reply is its own.
func echo(ctx context.Context, d sender, text string) error {
	cmd := redis.NewRawCmd(ctx, "echo", text)
	err := d.send(ctx, cmd)
	if want := fmt.Sprintf("$%d\r\n%s\r\n", len(text), text); err == nil && string(cmd.Val()) != want {
		return fmt.Errorf("%w: to %.40q: %.40q", errWrongReply, text, cmd.Val())
	}
	return err
}

var errWrongReply = errors.New("the reply of another call")

// in runs a call on a goroutine.
func in(call func() error) <-chan error {
	end := make(chan error, 1)
	go func() { end <- call() }()
	return end
}

// P13, H20: 200 callers, each with secrets of its own, some of which give up at any
// moment, over connections that are late, split replies anywhere, and are cut.
func TestNoReplyReachesAnotherCall(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprint("TLS ", secure), func(t *testing.T) {
			server := redistest.Start(t)
			k := proxyOf(t, server, secure)
			k.Delay(4 * time.Millisecond)
			d := newDuplex(clientOf(t, k))
			defer d.close()
			var answered, gaveUp, broken atomic.Int64
			var wg sync.WaitGroup
			for user := range 200 {
				wg.Go(func() {
					for i := range 25 {
						ctx, cancel := context.WithCancel(t.Context())
						switch rand.IntN(4) {
						case 0:
							time.AfterFunc(rand.N(3*time.Millisecond), cancel)
						case 1:
							ctx, cancel = context.WithTimeout(t.Context(), rand.N(5*time.Millisecond))
						}
						secret := fmt.Sprintf("secret %d of user %d %s", i, user, strings.Repeat("x", rand.IntN(1<<rand.IntN(15))))
						err := echoTwice(ctx, d, secret)
						switch {
						case errors.Is(err, errWrongReply):
							t.Errorf("user %d: %v", user, err)
						case err == nil:
							answered.Add(1)
						case ctx.Err() != nil:
							gaveUp.Add(1)
						default:
							broken.Add(1)
						}
						cancel()
					}
				})
			}
			stop := make(chan struct{})
			var cutter sync.WaitGroup
			cutter.Go(func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(50 * time.Millisecond):
						if all := k.Links(); len(all) > 0 {
							all[rand.IntN(len(all))].Cut()
						}
					}
				}
			})
			wg.Wait()
			close(stop)
			cutter.Wait()
			t.Logf("%d answered, %d gave up, %d broken", answered.Load(), gaveUp.Load(), broken.Load())
			if answered.Load() < 100 || gaveUp.Load() < 100 {
				t.Error("too few of a kind to show anything")
			}
		})
	}
}

// echoTwice sends two commands in one call.
func echoTwice(ctx context.Context, d sender, text string) error {
	first, second := redis.NewRawCmd(ctx, "echo", text), redis.NewRawCmd(ctx, "echo", "2 "+text)
	if err := d.send(ctx, first, second); err != nil {
		return err
	}
	if !bytes.Contains(first.Val(), []byte("\n"+text+"\r")) || !bytes.Contains(second.Val(), []byte("\n2 "+text+"\r")) {
		return fmt.Errorf("%w: to %.40q: %.40q, %.40q", errWrongReply, text, first.Val(), second.Val())
	}
	return nil
}

// A call is on its way before the replies to others have come.
func TestACallIsWrittenWhileRepliesAreDue(t *testing.T) {
	d, k, _ := linkedDuplex(t, false)
	openLine(t, d).pace.Store(int64(time.Hour)) // it is not late
	k.Hold(true)
	before := k.Asked()
	const size, callers = 1000, 20
	var ends []<-chan error
	for i := range callers {
		ends = append(ends, in(func() error {
			return echo(t.Context(), d, fmt.Sprintf("%04d%s", i, strings.Repeat("x", size)))
		}))
	}
	eventually(t, "all calls are sent though no reply has come", func() bool {
		return k.Asked() > before+size*callers
	})
	k.Hold(false)
	for _, end := range ends {
		if err := <-end; err != nil {
			t.Error(err)
		}
	}
}

// One packet that is late does not hold up those who come later.
func TestALateReplyHoldsUpNoLaterCall(t *testing.T) {
	d, k, _ := linkedDuplex(t, false)
	first := openLine(t, d)
	k.Hold(true)
	late := in(func() error { return echo(t.Context(), d, "late") })
	eventually(t, "the line is late", func() bool { return first.isLate(sinceStart()) })
	for i := range 20 {
		if err := <-in(func() error { return echo(t.Context(), d, fmt.Sprint("later ", i)) }); err != nil {
			t.Errorf("a call that came later: %v", err)
		}
	}
	select {
	case err := <-late:
		t.Errorf("the late call has ended: %v", err)
	default:
	}
	k.Hold(false)
	if err := <-late; err != nil {
		t.Error(err)
	}
	eventually(t, "the line takes calls again", func() bool {
		l, _ := d.pick(sinceStart())
		return l == first
	})
}

// H35: whoever gives up is back at once, be it the one who writes for the others,
// the one who reads, or any other, and the others get their replies.
func TestWhoGivesUpIsBackAtOnce(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, size := range []int{10, 64 << 20} { // more than any socket takes from a writer
			t.Run(fmt.Sprintf("TLS %v, %d bytes", secure, size), func(t *testing.T) {
				d, k, server := linkedDuplex(t, secure)
				openLine(t, d)
				server.Pause()
				ctx, giveUp := context.WithCancel(t.Context())
				text := strings.Repeat("x", size)
				before := k.Asked()
				var leaving []<-chan error
				for range 3 {
					leaving = append(leaving, in(func() error { return echo(ctx, d, text) }))
				}
				eventually(t, "the calls are on their way", func() bool { return k.Asked() >= before+3*min(size, 1<<16) })
				staying := in(func() error { return echo(t.Context(), d, "stays") })
				giveUp()
				for _, end := range leaving {
					if err := <-end; !errors.Is(err, context.Canceled) { // the server still hangs
						t.Errorf("a call that gave up: %v", err)
					}
				}
				server.Resume()
				if err := <-staying; err != nil {
					t.Errorf("a call that stayed: %v", err)
				}
				if err := echo(t.Context(), d, "afterwards"); err != nil {
					t.Errorf("a call afterwards: %v", err)
				}
			})
		}
	}
}

// Nobody reads what nobody waits for: the connection is closed instead.
func TestALineOnWhichNobodyWaitsIsClosed(t *testing.T) {
	d, k, _ := linkedDuplex(t, false)
	first := openLine(t, d)
	k.Hold(true)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	ends := []<-chan error{}
	for i := range 5 {
		ends = append(ends, in(func() error { return echo(ctx, d, fmt.Sprint("call ", i)) }))
	}
	for _, end := range ends {
		if err := <-end; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a call without a reply: %v", err)
		}
	}
	if !first.gone.Load() {
		t.Error("the line is still open")
	}
	if err := echo(t.Context(), d, "afterwards"); err != nil {
		t.Error(err)
	}
}

// A server may close connections that are idle: no call fails because of that.
func TestAConnectionThatTheServerClosedIsNotUsed(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprint("TLS ", secure), func(t *testing.T) {
			d, _, server := linkedDuplex(t, secure)
			for i := range 20 {
				if err := echo(t.Context(), d, fmt.Sprint("call ", i)); err != nil {
					t.Fatalf("call %d: %v", i, err)
				}
				l := (*d.lines.Load())[0]
				if l.isDead() {
					t.Fatalf("after call %d an open connection counts as closed", i)
				}
				server.Client().ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes")
				eventually(t, "the link closes", func() bool {
					return l.isDead() && sinceStart()-l.heard.Load() > int64(peekAfter)
				})
			}
		})
	}
}

// A server that takes no more connections still answers on those that there are.
func TestALateLineIsBetterThanNone(t *testing.T) {
	d, k, _ := linkedDuplex(t, false)
	first := openLine(t, d)
	k.Hold(true)
	_ = k.Close()
	late := in(func() error { return echo(t.Context(), d, "late") })
	eventually(t, "the line is late", func() bool { return first.isLate(sinceStart()) })
	later := in(func() error { return echo(t.Context(), d, "later") })
	eventually(t, "the call joins the line, as it has no other", func() bool {
		return first.busy.Load() == 2 || len(later) > 0
	})
	k.Hold(false)
	for _, end := range []<-chan error{late, later} {
		if err := <-end; err != nil {
			t.Error(err)
		}
	}
}

// What a connection carries when it breaks fails at once, which is one failure to
// the breaker. A server that refuses connections is one failure for each call.
func TestAConnectionThatBreaksIsOneFailure(t *testing.T) {
	server := redistest.Start(t)
	k := proxyOf(t, server, false)
	s := newServer(clientOf(t, k), false, "", "a", func(core.Event) {})
	defer s.close()
	s.breaker.ping = func(context.Context) error { select {} } // only the calls count
	call := func() error { return s.send(t.Context(), "", redis.NewRawCmd(t.Context(), "echo", "x")) }
	if err := call(); err != nil {
		t.Fatal(err)
	}
	first := (*s.sender.(*duplex).lines.Load())[0]
	first.pace.Store(int64(time.Hour)) // however long it takes, it is not late
	s.sender.(*duplex).most = 1
	k.Hold(true)
	var ends []<-chan error
	for range 10 * failuresToOpen {
		ends = append(ends, in(call))
	}
	eventually(t, "all wait", func() bool { return first.busy.Load() == 10*failuresToOpen })
	k.Cut()
	for _, end := range ends {
		if err := <-end; !errors.Is(err, io.EOF) && !errors.As(err, new(*net.OpError)) {
			t.Errorf("a call on a connection that broke: %v", err)
		}
	}
	if n := s.breaker.failures; n != 1 {
		t.Errorf("%d failures were counted, want that of the connection", n)
	}
	_ = k.Close()
	for range failuresToOpen - 2 {
		if err := call(); !isUnreachable(err) {
			t.Errorf("a server that refuses connections: %v", err)
		}
	}
	if n := s.breaker.failures; n != failuresToOpen-1 {
		t.Errorf("%d failures were counted, want %d", n, failuresToOpen-1)
	}
}

// A call on a line of its own tells the breaker whose session it was about.
func TestOnlyCallsThatShareALineAreShared(t *testing.T) {
	d, k, _ := linkedDuplex(t, false)
	d.most = 1
	k.Hold(true)
	fail := func(calls int) (shared int) {
		l := openLine(t, d)
		k.Hold(true)
		var ends []<-chan error
		for range calls {
			ends = append(ends, in(func() error { return echo(t.Context(), d, "x") }))
		}
		eventually(t, "all wait", func() bool { return int(l.busy.Load()) == calls })
		k.Cut()
		for _, end := range ends {
			if err := <-end; isShared(err) {
				shared++
			}
		}
		return shared
	}
	if n := fail(1); n != 0 {
		t.Error("a call alone on its line is said to share it")
	}
	if n := fail(3); n != 3 {
		t.Errorf("%d of 3 calls on one line are said to share it", n)
	}
}

// A hook of the client is called for every call on its own, with the context of its
// caller, and may refuse it.
func TestHooksSeeTheContextOfTheirCaller(t *testing.T) {
	type user struct{}
	server := redistest.Start(t)
	k := proxyOf(t, server, false)
	client := clientOf(t, k)
	refusal := errors.New("refused")
	var seen atomic.Int64
	client.AddHook(redistest.Hook(func(ctx context.Context, cmds []redis.Cmder, next func() error) error {
		name, _ := ctx.Value(user{}).(string)
		switch {
		case name == "": // of go-redis itself
		case name == "panics":
			panic(refusal)
		case name == "refused":
			return refusal
		case fmt.Sprint(cmds[0].Args()[1]) != name:
			t.Errorf("a command of %v has the context of %q", cmds[0].Args()[1], name)
		default:
			seen.Add(1)
		}
		return next()
	}))
	d := newDuplex(client)
	defer d.close()
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			name := fmt.Sprint("user ", i)
			ctx := context.WithValue(t.Context(), user{}, name)
			for range 20 {
				if err := echo(ctx, d, name); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if seen.Load() != 50*20 {
		t.Errorf("the hook saw %d commands, want %d", seen.Load(), 50*20)
	}
	before := k.Asked()
	refused := context.WithValue(t.Context(), user{}, "refused")
	if err := echo(refused, d, "x"); !errors.Is(err, refusal) {
		t.Errorf("refused: %v", err)
	}
	if err := echoTwice(refused, d, "x"); !errors.Is(err, refusal) {
		t.Errorf("two commands refused: %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic of a hook was lost")
			}
		}()
		_ = echo(context.WithValue(t.Context(), user{}, "panics"), d, "x")
	}()
	if k.Asked() != before {
		t.Error("a refused command was sent")
	}
	if err := echo(t.Context(), d, "afterwards"); err != nil {
		t.Error(err)
	}
}

// go-redis prepares a connection, so all that its options can say holds.
func TestALineIsPreparedAsTheClientsConnections(t *testing.T) {
	server := redistest.Start(t, "--requirepass", "secret")
	var connected atomic.Int64
	client := redis.NewClient(&redis.Options{
		Addr: server.Addr(), DB: 3, ClientName: "visits", ContextTimeoutEnabled: true, MaxRetries: -1, ReadTimeout: -1,
		CredentialsProviderContext: func(context.Context) (string, string, error) { return "", "secret", nil },
		OnConnect:                  func(context.Context, *redis.Conn) error { connected.Add(1); return nil },
	})
	defer func() { _ = client.Close() }()
	d := newDuplex(client)
	defer d.close()
	cmd := redis.NewRawCmd(t.Context(), "client", "info")
	if err := d.send(t.Context(), cmd); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" name=visits ", " db=3 ", " resp=2"} {
		if !bytes.Contains(cmd.Val(), []byte(want)) {
			t.Errorf("no %q in %q", want, cmd.Val())
		}
	}
	if n := connected.Load(); n == 0 {
		t.Error("OnConnect was not called")
	}
	wrong := redis.NewClient(&redis.Options{Addr: server.Addr(), Password: "wrong", MaxRetries: -1})
	defer func() { _ = wrong.Close() }()
	refused := newDuplex(wrong)
	defer refused.close()
	if err := echo(t.Context(), refused, "x"); !redis.HasErrorPrefix(err, "WRONGPASS") {
		t.Errorf("a wrong password: %v", err)
	}
}

// A server whose replies cannot be trusted gets no second call on the connection.
func TestAServerThatSaysTooMuchIsNotBelieved(t *testing.T) {
	for name, reply := range map[string]string{
		"a reply too many": ":1\r\n:2\r\n",
		"no reply":         "hello\r\n",
		"a cut line":       "$1\nx\n",
		"a wrong length":   "$1\r\nxyz\r\n",
		"another's reply":  "$1\r\nx\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			d, conns := oddServer(t, reply)
			call := func() error { return d.send(t.Context(), redis.NewIntCmd(t.Context(), "incr", "x")) }
			err := call()
			if name != "a reply too many" && !errors.Is(err, errProtocol) {
				t.Errorf("the call: %v", err)
			}
			eventually(t, "the line is given up", func() bool {
				l, _ := d.pick(sinceStart())
				return l == nil || l.isDead()
			})
			_ = call()
			if conns.Load() < 2 {
				t.Error("the connection was used again")
			}
		})
	}
}

// oddServer greets as a server does, and then gives everybody the same reply.
func oddServer(t *testing.T, reply string) (*duplex, *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	conns := new(atomic.Int64)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Add(1)
			go func() {
				defer func() { _ = c.Close() }()
				for buffer := make([]byte, 4096); ; {
					n, err := c.Read(buffer)
					if err != nil {
						return
					}
					switch text := strings.ToLower(string(buffer[:n])); {
					case strings.Contains(text, "hello"):
						_, _ = io.WriteString(c, "-ERR unknown command\r\n")
					case strings.Contains(text, "ping"):
						_, _ = io.WriteString(c, "+PONG\r\n")
					default:
						_, _ = io.WriteString(c, reply)
					}
				}
			}()
		}
	}()
	o, err := ClientOptions("redis://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	d := newDuplex(client)
	t.Cleanup(d.close)
	return d, conns
}

// What is under way when the sender is closed may have been done, so it must not
// look as if it never had been sent: a Cluster would send it again.
func TestACallOnAConnectionThatIsClosedMayHaveBeenDone(t *testing.T) {
	d, k, _ := linkedDuplex(t, false)
	openLine(t, d)
	k.Hold(true)
	underWay := in(func() error { return echo(t.Context(), d, "x") })
	eventually(t, "the call is under way", func() bool { return (*d.lines.Load())[0].busy.Load() == 1 })
	d.close()
	if err := <-underWay; err == nil || isElsewhere(err) {
		t.Errorf("a call under way: %v", err)
	}
	if err := echo(t.Context(), d, "x"); !isElsewhere(err) {
		t.Errorf("a call that comes later: %v", err)
	}
}

// One session with a long record holds up nobody who comes later.
func TestNoCallWaitsBehindALongReply(t *testing.T) {
	d, conns := oddServer(t, fmt.Sprintf("$%d\r\nthe beginning", 2*longReply))
	d.most = 2
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = echo(ctx, d, "long") }()
	eventually(t, "the reply has begun", func() bool {
		lines := *d.lines.Load()
		return len(lines) > 0 && lines[0].long.Load()
	})
	first := (*d.lines.Load())[0]
	first.pace.Store(int64(time.Hour)) // it is not late
	if l, _, err := d.line(t.Context()); err != nil || l == first || conns.Load() < 2 {
		t.Errorf("the next call goes on the same line: %v, %v", l == first, err)
	}
}

// Few calls go on a line each, and many share the first one.
func TestFewCallsGoApartAndManyTogether(t *testing.T) {
	d, _, _ := linkedDuplex(t, false)
	var lines []*line
	for range linesApart + 1 {
		l, err := d.dial()
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	defer d.close()
	picks := func(times int, busy ...int32) (index int, enough bool) {
		for i, l := range lines {
			l.pace.Store(int64(time.Hour)) // it is not late
			if l.busy.Store(0); i < len(busy) {
				l.busy.Store(busy[i])
			}
		}
		var l *line
		for range times {
			l, enough = d.pick(sinceStart())
		}
		return slices.Index(lines, l), enough
	}
	few := map[int][]int32{0: nil, 1: {1}, 2: {1, 1}, 3: {1, 1, 1}}
	for _, crowd := range []int32{0, 2, 30, 0} {
		d.set(lines)
		picks(10*averaged, crowd)
		for want, busy := range few {
			if crowd > linesApart {
				want = 0
			}
			if got, enough := picks(1, busy...); got != want || !enough {
				t.Errorf("after %d others, beside %v: line %d, want %d, enough: %v", crowd, busy, got, want, enough)
			}
		}
		if got, _ := picks(1, 0, 1, 1); got != 0 {
			t.Errorf("after %d others the first is idle, and a call goes on line %d", crowd, got)
		}
		if got, _ := picks(1, 1, 1, 1, 1); got != 0 {
			t.Errorf("after %d others a call makes use of line %d", crowd, got)
		}
		d.set(lines[:1])
		if _, enough := picks(1, 1); enough != (crowd > linesApart) {
			t.Errorf("after %d others one line is enough: %v", crowd, enough)
		}
	}
	d.most = 1
	if _, enough := picks(1, 1); !enough {
		t.Error("a pool of one connection is asked for another")
	}
}

// Without a deadline of the caller, the client's read_timeout ends a call.
func TestASilentServerBreaksTheLine(t *testing.T) {
	server := redistest.Start(t)
	o, err := ClientOptions(server.URL() + "?read_timeout=60ms")
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(o)
	defer func() { _ = client.Close() }()
	d := newDuplex(client)
	defer d.close()
	openLine(t, d)
	server.Pause()
	defer server.Resume()
	if err := echo(t.Context(), d, "x"); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a server that is silent: %v", err)
	}
}

// The pool of a user who wants few connections is respected, and lines that few
// calls need are closed again.
func TestHowManyLines(t *testing.T) {
	for size, want := range map[int]int{1: 1, 3: 3, 100: maxLines} {
		client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", PoolSize: size})
		if d := newDuplex(client); d.most != want {
			t.Errorf("a pool of %d: %d lines, want %d", size, d.most, want)
		}
		_ = client.Close()
	}
	d, k, _ := linkedDuplex(t, false)
	for range 4 {
		l, _, err := d.line(t.Context()) // another, because the others are late
		if err != nil {
			t.Fatal(err)
		}
		k.Hold(true)
		go func() { _ = echo(t.Context(), d, "late") }()
		eventually(t, "the line is late", func() bool { return l.isLate(sinceStart()) })
	}
	lines := *d.lines.Load()
	k.Hold(false)
	eventually(t, "all replies have come", func() bool {
		return !slices.ContainsFunc(lines, func(l *line) bool { return l.busy.Load() > 0 })
	})
	d.pick(sinceStart() + int64(2*lineIdle))
	if left := *d.lines.Load(); len(left) != 1 || len(lines) < 4 || left[0] != lines[0] {
		t.Errorf("%d lines of %d are left after a minute, want the first", len(left), len(lines))
	}
}
