package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// A distance is a proxy that makes a server as far away as a network would: whatever is sent arrives later by the same time,
// in order, and as much of it at once as is sent. It is one thread, so that it takes little of the machine.
type distance struct {
	target          unix.SockaddrInet4
	delay           time.Duration // each way
	epoll, clock    int
	listener        int
	ends            map[int32]*end
	underway        []parcel // the next first: all take the same time
	armed           bool     // the clock will ring
	addr            string
	buffer          []byte
	stopRead, stopW *os.File
}

// An end is one of the two sockets of a connection.
type end struct {
	fd     int
	peer   *end
	closed bool
}

// A parcel is bytes on their way, or the news that the connection is closed.
type parcel struct {
	to   *end
	data []byte // nil: close
	due  time.Time
}

// newDistance returns a distance before the server at the address, which is on this machine. It works until close.
func newDistance(addr string, roundTrip time.Duration) (d *distance, err error) {
	_, text, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	d = &distance{
		target: unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}, delay: roundTrip / 2,
		ends: make(map[int32]*end), buffer: make([]byte, 256<<10),
	}
	if d.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if d.clock, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return nil, err
	}
	if d.listener, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
		return nil, err
	}
	if err = unix.Bind(d.listener, &unix.SockaddrInet4{Addr: d.target.Addr}); err != nil {
		return nil, err
	}
	if err = unix.Listen(d.listener, 1024); err != nil {
		return nil, err
	}
	name, err := unix.Getsockname(d.listener)
	if err != nil {
		return nil, err
	}
	d.addr = fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)
	if d.stopRead, d.stopW, err = os.Pipe(); err != nil {
		return nil, err
	}
	for _, fd := range []int{d.clock, d.listener, int(d.stopRead.Fd())} {
		if err := d.watch(fd); err != nil {
			return nil, err
		}
	}
	go d.run()
	return d, nil
}

func (d *distance) close() { _ = d.stopW.Close() }

func (d *distance) watch(fd int) error {
	return unix.EpollCtl(d.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (d *distance) run() {
	defer lockPrecise()()
	events := make([]unix.EpollEvent, 256)
	for {
		n, err := unix.EpollWait(d.epoll, events, -1)
		if err != nil && !errors.Is(err, unix.EINTR) {
			panic(err)
		}
		for _, e := range events[:max(n, 0)] {
			switch int(e.Fd) {
			case d.listener:
				d.accept()
			case d.clock:
				_, _ = unix.Read(d.clock, d.buffer[:8])
				d.armed = false
			case int(d.stopRead.Fd()):
				return // the process ends soon, and its sockets with it
			default:
				d.take(e.Fd)
			}
		}
		d.hand()
	}
}

func (d *distance) accept() {
	client, _, err := unix.Accept4(d.listener, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
	if err != nil {
		return
	}
	server, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		panic(err)
	}
	if err := unix.Connect(server, &d.target); err != nil {
		_, _ = unix.Close(client), unix.Close(server)
		return
	}
	_ = unix.SetNonblock(server, true)
	a, b := &end{fd: client}, &end{fd: server}
	a.peer, b.peer = b, a
	for _, e := range []*end{a, b} {
		_ = unix.SetsockoptInt(e.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		d.ends[int32(e.fd)] = e
		if err := d.watch(e.fd); err != nil {
			panic(err)
		}
	}
}

// take reads what an end has sent.
func (d *distance) take(fd int32) {
	from, ok := d.ends[fd]
	if !ok {
		return
	}
	n, err := unix.Read(from.fd, d.buffer)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return
	}
	p := parcel{to: from.peer, due: time.Now().Add(d.delay)}
	if n > 0 && err == nil {
		p.data = append([]byte(nil), d.buffer[:n]...)
	} else {
		d.end(from)
	}
	d.underway = append(d.underway, p)
}

func (d *distance) end(e *end) {
	if !e.closed {
		e.closed = true
		delete(d.ends, int32(e.fd))
		_ = unix.Close(e.fd)
	}
}

// hand gives out what is due, and sets the clock for the next.
func (d *distance) hand() {
	now, n := time.Now(), 0
	for ; n < len(d.underway) && !d.underway[n].due.After(now); n++ {
		p := d.underway[n]
		switch {
		case p.to.closed:
		case p.data == nil:
			d.end(p.to)
		default:
			write(p.to.fd, p.data)
		}
	}
	rest := copy(d.underway, d.underway[n:])
	clear(d.underway[rest:])
	d.underway = d.underway[:rest]
	if rest == 0 || d.armed {
		return
	}
	d.armed = true
	next := unix.ItimerSpec{Value: unix.NsecToTimespec(max(1, d.underway[0].due.Sub(now).Nanoseconds()))}
	if err := unix.TimerfdSettime(d.clock, 0, &next, nil); err != nil {
		panic(err)
	}
}

// write waits if the socket is full, which holds up the others.
func write(fd int, data []byte) {
	for len(data) > 0 {
		n, err := unix.Write(fd, data)
		switch {
		case errors.Is(err, unix.EAGAIN):
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, 1000)
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return
		default:
			data = data[n:]
		}
	}
}
