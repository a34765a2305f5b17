//go:build unix

package redistest

import (
	"os"
	"syscall"
	"time"
)

func pause(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return poll(5*time.Second, func() error { return stopped(p.Pid) })
}

func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
