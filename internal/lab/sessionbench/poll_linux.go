package main

import (
	"syscall"
	"time"
)

// A poller waits for connections that have something to read.
type poller struct {
	fd     int
	events []syscall.EpollEvent
}

func newPoller() (*poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	return &poller{fd, make([]syscall.EpollEvent, 64)}, err
}

func (p *poller) close() { _ = syscall.Close(p.fd) }

// add has wait return the index while fd can be read.
func (p *poller) add(fd, index int) error {
	return syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(index)})
}

// wait appends to ready the indexes of the connections that can be read. It waits no longer than the limit.
func (p *poller) wait(ready []int, limit time.Duration) ([]int, error) {
	// Rounded up: with 0 milliseconds left it would spin.
	milliseconds := int((limit + time.Millisecond - 1) / time.Millisecond)
	n, err := syscall.EpollWait(p.fd, p.events, milliseconds)
	for err == syscall.EINTR {
		n, err = syscall.EpollWait(p.fd, p.events, milliseconds)
	}
	for _, e := range p.events[:max(n, 0)] {
		ready = append(ready, int(e.Fd))
	}
	return ready, err
}
