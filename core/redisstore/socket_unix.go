//go:build unix

package redisstore

import "syscall"

// isDead reports whether the server has closed the connection, or has sent
// something though no reply is due. Callers hold l.mu, and nobody reads.
func (l *line) isDead() bool {
	return l.socket != nil && (l.socket.Control(l.peek) != nil || l.dead)
}

func (l *line) look(fd uintptr) {
	var b [1]byte
	_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	l.dead = err != syscall.EAGAIN && err != syscall.EWOULDBLOCK && err != syscall.EINTR
}
