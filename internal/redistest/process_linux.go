package redistest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

type spawnRequest struct {
	cmd *exec.Cmd
	err chan error
}

// spawner starts processes from one OS thread that never ends: the kernel sends
// Pdeathsig when the thread that forked is gone, not when the process is.
var spawner = sync.OnceValue(func() chan<- spawnRequest {
	requests := make(chan spawnRequest)
	go func() {
		runtime.LockOSThread()
		for r := range requests {
			r.err <- r.cmd.Start()
		}
	}()
	return requests
})

// spawn starts cmd so that it dies with this process.
func spawn(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	r := spawnRequest{cmd, make(chan error)}
	spawner() <- r
	return <-r.err
}

// stopped returns nil once the process has come to a halt: a signal that was
// sent may take effect a moment later, while the process runs on another core.
func stopped(pid int) error {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stop{err}
	}
	// The state follows the program's name, which is in parentheses and may hold any.
	if i := bytes.LastIndexByte(stat, ')'); i < 0 || !bytes.HasPrefix(stat[i:], []byte(") T")) {
		return fmt.Errorf("process %d is running", pid)
	}
	return nil
}
