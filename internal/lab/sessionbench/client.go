package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"syscall"
	"time"
)

// A client is one connection that is kept alive. Its calls of the system are direct and block: the runtime's poller would
// cost the machine, which the servers share, more than all else that a client does.
type client struct {
	fd   int
	in   []byte
	have int // bytes of the answer that have come
}

// patience is how long a client waits for an answer. Longer means that the server hangs.
const patience = 20 * time.Second

func dial(addr string) (*client, error) {
	to, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, err
	}
	// The lock keeps the descriptor from a process that is started in this moment.
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, err
	}
	limit := syscall.NsecToTimeval(patience.Nanoseconds())
	err = errors.Join(
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1),
		syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit),
		syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_SNDTIMEO, &limit),
		connect(fd, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}),
	)
	if err != nil {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("dial %s: %w", addr, err)
	}
	return &client{fd: fd, in: make([]byte, 4096)}, nil
}

// connect goes on after a signal, of which the runtime sends many.
func connect(fd int, to syscall.Sockaddr) error {
	err := syscall.Connect(fd, to)
	for err == syscall.EINTR || err == syscall.EALREADY {
		err = syscall.Connect(fd, to)
	}
	if err == syscall.EISCONN {
		return nil
	}
	return err
}

func (c *client) close() { _ = syscall.Close(c.fd) }

// do sends the request and waits for the answer.
func (c *client) do(request []byte) (reply, error) {
	if err := c.send(request); err != nil {
		return reply{}, err
	}
	for {
		if r, complete, err := c.receive(); complete || err != nil {
			return r, err
		}
	}
}

func (c *client) send(request []byte) error {
	for {
		n, err := syscall.Write(c.fd, request)
		if err == syscall.EINTR {
			continue
		}
		if err == nil && n < len(request) {
			err = io.ErrShortWrite
		}
		return err
	}
}

// receive waits until something can be read, and returns the answer if that completes it.
func (c *client) receive() (reply, bool, error) {
	if c.have == len(c.in) {
		return reply{}, false, errors.New("the answer is too long")
	}
	n, err := syscall.Read(c.fd, c.in[c.have:])
	switch {
	case err == syscall.EINTR:
		return reply{}, false, nil
	case err != nil:
		return reply{}, false, err
	case n == 0:
		return reply{}, false, io.ErrUnexpectedEOF
	}
	c.have += n
	r, complete, err := parse(c.in[:c.have])
	if complete {
		c.have = 0
	}
	return r, complete, err
}
