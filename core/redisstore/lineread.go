package redisstore

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// passOn lets another caller read, or a goroutine if there is none. Callers
// hold l.mu, and read until now.
func (l *line) passOn() {
	if !l.passToCaller() && l.reading {
		go l.read(nil)
	}
}

// passToCaller lets a caller read who need not look at its context. Without one
// it reports false.
func (l *line) passToCaller() bool {
	for _, c := range l.queue {
		if !c.abandoned && !c.watch {
			c.wake <- toRead
			return true
		}
	}
	l.reading = l.broken == nil && len(l.queue) > 0
	return false
}

// read reads replies until own has its own, or for a nil own until the server
// has answered. It reports whether own must look at its context from now on.
func (l *line) read(own *call) (watch bool) {
	now := sinceStart()
	for {
		more, err := l.deliver(own, now)
		if err == nil && more {
			now, err = l.fill(own, now)
		} else if err == nil {
			return false
		}
		switch {
		case errors.Is(err, errSilent) && own != nil:
			return true
		case err != nil && !errors.Is(err, errSilent):
			l.fail(err)
			return true
		}
	}
}

// deliver gives the replies that have come to their calls. It reports whether
// the caller must read more. If not, it has passed the reading on.
func (l *line) deliver(own *call, now int64) (more bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return false, nil
	}
	n, served := 0, false
	for ; n < len(l.queue); n++ {
		c := l.queue[n]
		if l.replies.left == 0 {
			l.replies = scan{left: c.due}
		}
		whole, err := l.replies.read(l.in[l.from:])
		if err != nil {
			l.shift(n)
			return false, err
		}
		if !whole {
			break
		}
		size := l.replies.at
		l.replies = scan{}
		l.pace.Store(l.pace.Load() + (now-c.joined-l.pace.Load())/8)
		served = served || c == own
		if c.abandoned {
			l.given.Add(-1)
		} else {
			c.take(l.in[l.from : l.from+size])
			c.wake <- toFinish // from now on it is not ours
		}
		l.from += size
	}
	l.shift(n)
	l.silent = l.silent && n == 0
	switch rest := len(l.in) - l.from; {
	case len(l.queue) == 0 && rest > 0:
		return false, fmt.Errorf("the server sent %d bytes more than its replies", rest)
	case len(l.queue) == 0:
		l.reading = false
		if l.retired {
			l.end()
		}
		return false, nil
	case int(l.given.Load()) == len(l.queue):
		return false, errUnread
	case served:
		l.passOn()
		return false, nil
	}
	return own != nil || n == 0 || !l.passToCaller(), nil
}

// errSilent means that nothing came within a slice.
var errSilent = errors.New("silent")

// fill reads once from the connection. It returns the time.
func (l *line) fill(own *call, now int64) (int64, error) {
	l.makeRoom()
	atLeast := slice
	if own == nil {
		atLeast = standInSlice
	}
	if l.until-now < int64(atLeast) {
		deadline := time.Now().Add(2 * atLeast)
		if now = sinceStart(); l.lookAround(own, now, false) {
			return now, errSilent
		}
		l.until = int64(deadline.Sub(start))
		_ = l.conn.SetReadDeadline(deadline)
	}
	n, err := l.conn.Read(l.in[len(l.in):cap(l.in)])
	l.in = l.in[:len(l.in)+n]
	now = sinceStart()
	if n > 0 {
		l.heard.Store(now)
		l.doubted = false
		if l.blamed.Load() {
			l.blamed.Store(false)
		}
		return now, nil
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return now, err
	}
	l.until = 0
	quiet := time.Duration(now - l.heard.Load()).Round(time.Millisecond)
	if over := l.silence > 0 && quiet > l.silence; over && l.doubted {
		return now, fmt.Errorf("no reply for %v: %w", quiet, os.ErrDeadlineExceeded)
	} else if over {
		l.doubted = true // perhaps it was this machine that stood still: read once more
	}
	l.lookAround(own, now, true)
	return now, errSilent
}

// makeRoom makes room for more replies.
func (l *line) makeRoom() {
	rest := len(l.in) - l.from
	if l.from > 0 {
		copy(l.in, l.in[l.from:])
		l.in, l.from = l.in[:rest], 0
	}
	if long := max(rest, l.replies.needs) > longReply; long != l.long.Load() {
		l.long.Store(long)
	}
	size := max(bufferSize, l.replies.needs)
	if size-rest < bufferSize/4 {
		size = 2 * max(rest, bufferSize)
	}
	if cap(l.in) < size || cap(l.in) > 4*bufferSize && size <= bufferSize {
		l.in = append(make([]byte, 0, size), l.in...)
	}
}

// lookAround makes callers look at their contexts: those that have waited for
// more than a slice though replies to others come, or all if the server is
// silent. If own is among them, a goroutine reads in its place, and lookAround
// reports true.
func (l *line) lookAround(own *call, now int64, silent bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.silent = l.silent || silent
	for _, c := range l.queue {
		if !silent && now-c.joined < int64(2*slice) {
			break
		}
		if !c.watch {
			c.watch = true
			if c != own && !c.abandoned {
				c.wake <- toWatch
			}
		}
	}
	if own == nil || !own.watch {
		return false
	}
	go l.read(nil)
	return true
}
