//go:build !linux

package main

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// A poller waits for connections that have something to read.
type poller struct {
	fds     []unix.PollFd
	indexes []int
}

func newPoller() (*poller, error) { return new(poller), nil }

func (p *poller) close() {}

// add has wait return the index while fd can be read.
func (p *poller) add(fd, index int) error {
	p.fds = append(p.fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	p.indexes = append(p.indexes, index)
	return nil
}

// wait appends to ready the indexes of the connections that can be read. It waits no longer than the limit.
func (p *poller) wait(ready []int, limit time.Duration) ([]int, error) {
	// Rounded up: with 0 milliseconds left it would spin.
	milliseconds := int((limit + time.Millisecond - 1) / time.Millisecond)
	_, err := unix.Poll(p.fds, milliseconds)
	for err == unix.EINTR {
		_, err = unix.Poll(p.fds, milliseconds)
	}
	for i, fd := range p.fds {
		if fd.Revents != 0 {
			ready = append(ready, p.indexes[i])
		}
	}
	return ready, err
}

func lockPrecise() (undo func()) { return func() {} }

func sleepUntil(t time.Time) { time.Sleep(time.Until(t)) }

type distance struct{ addr string }

func newDistance(string, time.Duration) (*distance, error) {
	return nil, errors.New("a server that is far away needs Linux")
}

func (*distance) close() {}
