package redisstore

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// maxLines is how many connections a duplex opens at most. It needs more
	// than one while few calls are under way, and when one is late.
	maxLines = 8
	// linesApart is how many calls go on a line of their own each, as long as
	// there are no more of them on average. With few calls that is faster than
	// sharing. With many it is slower, because each is written and read alone.
	linesApart = 4
	// averaged is over how many calls that average is taken.
	averaged = 32
	// lineIdle is how long a line that is not the first is kept without a call.
	lineIdle = time.Minute
)

// A duplex is the sender that shares connections, in full duplex: a call is
// written while the replies to others are on their way. It has no goroutines of
// its own while the server answers in time.
//
// A connection whose replies are late takes no new calls. They go on another,
// so nobody waits for a reply to somebody else that does not come.
type duplex struct {
	client *redis.Client
	// hooked runs the hooks of the client around a call, on the caller's
	// goroutine and with its context. It makes no connection.
	hooked *redis.Conn
	pipes  sync.Pool // of redis.Pipeliner, all empty
	calls  sync.Pool // of *call that have ended
	most   int       // lines

	lines  atomic.Pointer[[]*line] // the first takes most calls
	others atomic.Int64            // under way when a call came, summed over as many calls as averaged

	mu      sync.Mutex // guards what follows, and changes of lines
	opening *opening   // nil if no line is being opened
	spareAt int64      // when another line than the only one may be opened
	closed  bool
}

// An opening is a line that is being opened.
type opening struct {
	done  chan struct{} // closed when err is set, or the line is in the list
	err   error
	stale bool // it may have begun with another server; guarded by duplex.mu
}

func newDuplex(client *redis.Client) *duplex {
	d := &duplex{client: client, hooked: client.Conn()}
	d.most = max(1, min(maxLines, client.Options().PoolSize))
	d.calls.New = newCall
	d.lines.Store(new([]*line))
	d.hooked.AddHook(innermost{d})
	return d
}

func (d *duplex) send(ctx context.Context, cmds ...redis.Cmder) error {
	return process(ctx, d.hooked, &d.pipes, cmds)
}

// innermost stands behind the hooks of the client, where go-redis would send.
type innermost struct{ *duplex }

func (innermost) DialHook(next redis.DialHook) redis.DialHook { return next }

func (i innermost) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return i.exchange(ctx, cmd, nil)
	}
}

func (i innermost) ProcessPipelineHook(redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return i.exchange(ctx, nil, cmds)
	}
}

// exchange sends one command, or several, and gives each its reply.
func (d *duplex) exchange(ctx context.Context, one redis.Cmder, cmds []redis.Cmder) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := d.calls.Get().(*call)
	if c.cmds = append(c.cmds[:0], cmds...); one != nil {
		c.cmds = append(c.cmds, one)
	}
	for {
		l, now, err := d.line(ctx)
		joined := false
		if err == nil {
			joined, err = l.join(c, now)
		}
		if err != nil {
			d.calls.Put(c)
			return err
		}
		if joined {
			ended, err := c.wait(ctx)
			if ended {
				d.calls.Put(c)
			}
			return err
		}
	}
}

// line returns a line for a call, and the time. It waits only if there is none
// that answers.
func (d *duplex) line(ctx context.Context) (*line, int64, error) {
	for {
		now := sinceStart()
		l, enough := d.pick(now)
		if l != nil && enough {
			return l, now, nil
		}
		opening, last := d.open(l == nil)
		switch {
		case l != nil:
			return l, now, nil
		case opening == nil && last != nil:
			return last, now, nil
		case opening == nil:
			return nil, 0, redis.ErrClosed
		}
		select {
		case <-opening.done:
			if last := d.last(); opening.err != nil && last != nil {
				return last, sinceStart(), nil // late, but better than none
			} else if opening.err != nil {
				return nil, 0, opening.err
			}
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
}

// pick returns the line for a call, nil if there is none or all are late. It
// reports whether there are enough lines.
func (d *duplex) pick(now int64) (best *line, enough bool) {
	busy, apart, idle := 0, 1, false
	others := d.others.Load()
	if others < (linesApart-1)*averaged {
		apart = min(linesApart, d.most)
	}
	for i, l := range *d.lines.Load() {
		switch {
		case l.isOver(now, i):
			d.drop(l)
			continue
		case l.isLate(now):
			continue
		}
		n := int(l.busy.Load())
		if best == nil || !idle && n == 0 && busy < apart {
			best, idle = l, n == 0
		}
		busy += n
	}
	d.others.Store(others + int64(busy) - others/averaged) // need not be exact
	return best, idle || busy >= apart
}

// open begins to open a line, unless that is under way. If there are too many,
// it returns the one that was heard of last. A line that is not needed is not
// opened soon after a failure.
func (d *duplex) open(needed bool) (*opening, *line) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || !needed && sinceStart() < d.spareAt {
		return nil, nil
	}
	if d.opening == nil && len(*d.lines.Load()) >= d.most {
		return nil, d.last()
	}
	if d.opening == nil {
		d.opening = &opening{done: make(chan struct{})}
		go d.run(d.opening)
	}
	return d.opening, nil
}

// last returns the line that was heard of last, nil if there is none.
func (d *duplex) last() (last *line) {
	for _, l := range *d.lines.Load() {
		if last == nil || l.heard.Load() > last.heard.Load() {
			last = l
		}
	}
	return last
}

func (d *duplex) run(o *opening) {
	l, err := d.dial()
	d.mu.Lock()
	defer d.mu.Unlock()
	for err == nil && o.stale && !d.closed {
		o.stale = false
		d.mu.Unlock()
		l.end()
		l, err = d.dial()
		d.mu.Lock()
	}
	d.opening = nil
	defer close(o.done)
	if err == nil && d.closed {
		l.end()
		err = redis.ErrClosed
	}
	if o.err = err; err != nil {
		d.spareAt = sinceStart() + int64(time.Second)
	} else {
		d.set(append(append([]*line{}, *d.lines.Load()...), l))
	}
}

// set replaces the list. Callers hold d.mu.
func (d *duplex) set(lines []*line) { d.lines.Store(&lines) }

// drop takes the line from the list. It ends when its last call has.
func (d *duplex) drop(l *line) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var rest []*line
	for _, other := range *d.lines.Load() {
		if other != l {
			rest = append(rest, other)
		}
	}
	d.set(rest)
	l.retire()
}

func (d *duplex) reconnect(cause error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range *d.lines.Load() {
		l.fail(cause)
	}
	d.set(nil)
	if d.opening != nil {
		d.opening.stale = true
	}
}

func (d *duplex) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.reconnect(net.ErrClosed) // and not that of go-redis: calls were sent
	_ = d.hooked.Close()
}
