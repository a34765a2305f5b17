package main

import (
	"runtime"
	"syscall"
	"time"
)

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
