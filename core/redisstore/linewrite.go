package redisstore

import (
	"errors"
	"os"
	"time"
)

// write writes what has gathered, until there is nothing. If the server does
// not take it, a goroutine goes on.
func (l *line) write(now int64) {
	for rounds := 0; ; rounds++ {
		l.mu.Lock()
		if len(l.out) == 0 || l.broken != nil {
			l.writing = false
			l.mu.Unlock()
			return
		}
		if rounds == 3 && l.raw != nil {
			l.mu.Unlock()
			go l.write(sinceStart())
			return
		}
		out := l.out
		l.out, l.spare = l.spare[:0], nil
		l.mu.Unlock()
		n, err := l.push(out, now)
		if n < len(out) && l.raw != nil && errors.Is(err, os.ErrDeadlineExceeded) {
			go l.writeOn(out[n:])
			return
		}
		if !l.wrote(out, err) {
			return
		}
	}
}

// push writes for a slice or two; if that cannot be continued, for as long as
// it takes.
func (l *line) push(out []byte, now int64) (int, error) {
	if l.raw == nil {
		l.setWriteDeadline(l.blocked)
	} else if l.deadline-now < int64(slice) {
		l.setWriteDeadline(2 * slice)
	}
	return l.conn.Write(out)
}

func (l *line) setWriteDeadline(after time.Duration) {
	deadline := time.Time{}
	if l.deadline = 0; after > 0 {
		deadline = time.Now().Add(after)
		l.deadline = int64(deadline.Sub(start))
	}
	_ = l.conn.SetWriteDeadline(deadline)
}

// writeOn continues a write that took too long for a caller.
func (l *line) writeOn(rest []byte) {
	l.setWriteDeadline(l.blocked)
	_, err := l.conn.Write(rest)
	l.setWriteDeadline(2 * slice)
	if l.wrote(rest, err) {
		l.write(sinceStart())
	}
}

func (l *line) wrote(out []byte, err error) bool {
	if err != nil {
		l.fail(err)
		return false
	}
	if cap(out) <= 4*bufferSize {
		l.mu.Lock()
		l.spare = out[:0]
		l.mu.Unlock()
	}
	return true
}
