package main

import (
	"runtime"
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

// lockPrecise makes sleeps of this goroutine end within microseconds: by default the kernel may add 50. It returns what undoes
// that.
func lockPrecise() (undo func()) {
	const setTimerSlack = 29
	runtime.LockOSThread()
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, 1, 0)
	return func() {
		_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, 0, 0)
		runtime.UnlockOSThread()
	}
}

func sleepUntil(t time.Time) {
	for d := time.Until(t); d > 0; d = time.Until(t) {
		span := syscall.NsecToTimespec(d.Nanoseconds())
		_ = syscall.Nanosleep(&span, nil)
	}
}
