package redisstore

import (
	"crypto/tls"
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// slice is how long a caller reads or writes without a look at its context.
	// A context that ends is noticed within two slices.
	slice = 3 * time.Millisecond
	// standInSlice is the same for a goroutine that stands in for the callers.
	standInSlice = 20 * time.Millisecond
	// lateAfter is how long a line may be silent, beyond four times what a call
	// has taken of late, until new calls avoid it.
	lateAfter = time.Millisecond
	// peekAfter is how long nothing was heard on a line without calls until it
	// is looked at before its use. A shorter look back is not worth a system
	// call: a call that fails because the server has just closed the connection
	// is repeated.
	peekAfter = time.Millisecond
	// bufferSize is how much a line reads at once, and what it keeps of its
	// buffers.
	bufferSize = 16 << 10
	// yields is how often a caller lets others run before it writes beside
	// other calls.
	yields = 2
	// longReply is the size of a reply that is due behind which no new call
	// waits.
	longReply = 128 << 10
)

// A line is one connection to a server. Calls are written in the order in which
// they join, and their replies come in the same order.
//
// Nobody else works for it: a caller that finds nobody writing writes what has
// gathered, and a caller that finds nobody reading reads the replies for all
// that wait, until it has its own, and then passes the reading on to another.
// When the server does not answer for a slice, a goroutine stands in as the
// reader until it does, and the callers watch their contexts instead. A caller
// that gives up leaves its place in the queue, and whoever reads drops its
// reply. A line on which nobody waits any more for what is due is closed.
type line struct {
	conn    net.Conn
	raw     syscall.RawConn // nil if conn hides its socket, as TLS does
	socket  syscall.RawConn // what isDead looks at: of TLS too; nil if it is not known
	end     func()          // closes the connection; safe to call twice
	silence time.Duration   // after which a connection with replies due is broken; 0: never
	blocked time.Duration   // the same for a write
	ends    int64           // when it is too old for new calls; 0: never
	idle    int64           // how long it is kept without a call; 0: for ever

	busy  atomic.Int32 // the length of queue
	heard atomic.Int64 // when a reply came last, or the first of the queue joined
	pace  atomic.Int64 // how long calls have taken of late

	blamed atomic.Bool  // a caller has reported a failure since a reply came
	gone   atomic.Bool  // broken
	long   atomic.Bool  // a reply that is due is long
	given  atomic.Int32 // how many of the queue were given up

	mu       sync.Mutex
	out      []byte  // joined and not yet written
	spare    []byte  // an empty buffer that takes turns with out
	queue    []*call // whose replies are due, the oldest first
	writing  bool    // somebody writes, and will write what is in out
	reading  bool    // somebody reads
	silent   bool    // no reply has come for a slice
	shared   bool    // more than one call was in the queue since it was last empty
	retired  bool    // ends when the queue is empty
	broken   error
	deadline int64 // of writes; owned by who writes
	peek     func(fd uintptr)
	dead     bool // found by peek

	// What follows is owned by who reads.
	in      []byte
	from    int // the first byte in that belongs to the oldest call
	replies scan
	until   int64 // the deadline of reads
	doubted bool  // nothing was heard for too long
}

// sinceStart is a monotonic clock, in nanoseconds. Calls look at it seldom,
// because on some machines that takes as long as a call within Redis.
func sinceStart() int64 { return int64(time.Since(start)) }

var start = time.Now()

func newLine(conn net.Conn, o *redis.Options) *line {
	l := &line{
		conn: conn, silence: max(o.ReadTimeout, 0), blocked: max(o.WriteTimeout, 0),
		idle: int64(max(o.ConnMaxIdleTime, 0)), in: make([]byte, 0, bufferSize),
	}
	l.raw = socketOf(conn)
	if secure, ok := conn.(*tls.Conn); ok {
		l.socket = socketOf(secure.NetConn())
	} else {
		l.socket = l.raw
	}
	l.peek = l.look
	l.heard.Store(sinceStart())
	if o.ConnMaxLifetime > 0 {
		l.ends = sinceStart() + int64(o.ConnMaxLifetime)
	}
	return l
}

// socketOf returns nil if the connection hides its socket.
func socketOf(conn net.Conn) (raw syscall.RawConn) {
	if socket, ok := conn.(syscall.Conn); ok {
		raw, _ = socket.SyscallConn()
	}
	return raw
}

// isLate reports whether a call had better not wait behind the replies that are
// due: nothing was heard for too long, or somebody has given up.
func (l *line) isLate(now int64) bool {
	if l.busy.Load() == 0 {
		return false
	}
	return l.given.Load() > 0 || l.long.Load() ||
		now-l.heard.Load() > 4*l.pace.Load()+int64(lateAfter)
}

// isOver reports whether the line with this index should take no more calls.
func (l *line) isOver(now int64, index int) bool {
	if l.gone.Load() || l.ends > 0 && now > l.ends {
		return true
	}
	if l.busy.Load() > 0 {
		return false
	}
	quiet := now - l.heard.Load()
	return index > 0 && quiet > int64(lineIdle) || l.idle > 0 && quiet > l.idle
}

// join adds the call to those that are on their way, and writes it unless
// somebody else does. It reports false if the line is no longer good.
func (l *line) join(c *call, now int64) (joined bool, err error) {
	l.mu.Lock()
	if l.broken != nil || l.retired {
		l.mu.Unlock()
		return false, nil
	}
	alone := len(l.queue) == 0
	if alone && now-l.heard.Load() > int64(peekAfter) && l.isDead() {
		l.mu.Unlock()
		l.fail(errDead)
		return false, nil
	}
	before := len(l.out)
	for _, cmd := range c.cmds {
		if l.out, err = appendCommand(l.out, cmd.Args()); err != nil {
			l.out = l.out[:before]
			l.mu.Unlock()
			return false, err
		}
	}
	c.due, c.joined, c.line = len(c.cmds), now, l
	c.watch, c.abandoned, c.finished, c.reply, c.err = l.silent, false, false, nil, nil
	if alone {
		l.heard.Store(now)
	}
	l.shared = !alone
	l.queue = append(l.queue, c)
	l.busy.Store(int32(len(l.queue)))
	writes := !l.writing
	l.writing = true
	l.mu.Unlock()
	switch {
	case !writes:
	case l.raw == nil:
		go l.write(0) // such a write cannot be interrupted and continued
	default:
		if !alone {
			for range yields {
				runtime.Gosched() // others may join
			}
			now = sinceStart()
		}
		l.write(now)
	}
	return true, nil
}

// errDead means that the server has closed a connection on which nothing was
// due.
var errDead = errors.New("the server closed the connection")

// fail breaks the line: all its calls fail, and it takes no more.
func (l *line) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.breakWith(err)
}

// breakWith is fail for callers who hold l.mu.
func (l *line) breakWith(err error) {
	if l.broken != nil {
		return
	}
	l.broken = err
	for _, c := range l.queue {
		c.finished, c.err = true, err
		if l.shared {
			c.err = &sharedError{err, l}
		}
		if !c.abandoned {
			c.wake <- toFinish
		}
	}
	l.shift(len(l.queue))
	l.gone.Store(true)
	l.end()
}

// retire ends the line when its last call has ended.
func (l *line) retire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.retired = true; len(l.queue) == 0 {
		l.end()
	}
}

// shift takes the first n calls from the queue. Callers hold l.mu.
func (l *line) shift(n int) {
	if n == 0 {
		return
	}
	rest := copy(l.queue, l.queue[n:])
	clear(l.queue[rest:])
	l.queue = l.queue[:rest]
	l.busy.Store(int32(rest))
}

// failure returns err as that of a call on the line.
func (l *line) failure(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.shared {
		return err
	}
	return &sharedError{err, l}
}

// A sharedError is why a call failed that was on a line with others. Each of
// them may have been the cause.
type sharedError struct {
	error
	line *line
}

func (e *sharedError) Unwrap() error { return e.error }

// isFirst reports, to one caller, that it is the one to report the line's
// failure.
func (e *sharedError) isFirst() bool { return e.line.blamed.CompareAndSwap(false, true) }
