package redisstore

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

// A call is commands on their way. Once it has joined, cmds belong to the
// caller alone: who reads leaves their replies in reply.
type call struct {
	cmds   []redis.Cmder
	due    int // replies
	joined int64
	line   *line
	watch  bool // the caller looks at its context; guarded by line.mu

	abandoned bool // the caller has given up; guarded by line.mu
	finished  bool // err or reply is set; guarded by line.mu

	reply []byte
	small [64]byte // for a short reply
	err   error
	wake  chan signal
}

// A signal wakes a caller.
type signal int

const (
	toFinish signal = iota // the call has ended
	toRead                 // the caller reads from now on
	toWatch                // the caller must look at its context
)

// newCall returns a call. A signal for each reason has room in wake, so that
// sending one never blocks.
func newCall() any { return &call{wake: make(chan signal, 4)} }

// wait waits for the replies until ctx is done, and gives them to the commands.
// It reports whether nobody else will look at the call any more.
func (c *call) wait(ctx context.Context) (ended bool, err error) {
	l := c.line
	l.mu.Lock()
	watch, reads := c.watch, !l.reading && !c.finished
	l.reading = l.reading || reads
	l.mu.Unlock()
	if reads {
		watch = l.read(c)
	}
	var done <-chan struct{}
	for {
		if watch {
			done = ctx.Done()
		}
		select {
		case s := <-c.wake:
			switch s {
			case toFinish:
				return true, c.finish()
			case toRead:
				watch = l.read(c)
			case toWatch:
				watch = true
			}
		case <-done:
			if !l.abandon(c) {
				return false, l.failure(ctx.Err())
			}
			done = nil // its reply came just now
		}
	}
}

// finish gives the commands their replies.
func (c *call) finish() (err error) {
	if err = c.err; err == nil {
		if err = settle(c.cmds, c.reply); errors.Is(err, errProtocol) {
			c.line.fail(err) // the replies may be those of other calls
		}
	} else {
		for _, cmd := range c.cmds {
			cmd.SetErr(err)
		}
	}
	clear(c.cmds)
	c.line, c.reply, c.err = nil, nil, nil
	return err
}

// take keeps the replies of the call.
func (c *call) take(replies []byte) {
	c.finished = true
	if len(replies) <= len(c.small) {
		c.reply = c.small[:copy(c.small[:], replies)]
		return
	}
	c.reply = append([]byte(nil), replies...)
}

// abandon takes the caller out of the call. It reports whether the call has
// ended all the same.
func (l *line) abandon(c *call) (finished bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.finished {
		return true
	}
	c.abandoned = true
	reads := false
	for len(c.wake) > 0 {
		reads = <-c.wake == toRead || reads
	}
	switch {
	case int(l.given.Add(1)) == len(l.queue):
		l.breakWith(errUnread)
	case reads:
		l.passOn()
	}
	return false
}

// errUnread means that nobody waits for the replies that are due.
var errUnread = errors.New("nobody waits for the replies")
