package redistest_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/ringsession/ringsession/internal/redistest"
)

const helperVariable = "REDISTEST_HELPER"

// TestHelperProcess is the test process that the next test kills.
func TestHelperProcess(t *testing.T) {
	if os.Getenv(helperVariable) != "1" {
		return
	}
	s := redistest.Start(t)
	fmt.Printf("server %s %d\n", s.URL(), s.Pid())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func TestServerDiesWithAKilledTestProcess(t *testing.T) {
	needServer(t)
	dir, err := os.MkdirTemp("", "rt")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	helper := exec.Command(os.Args[0], "-test.run=^TestHelperProcess$")
	helper.Env = append(os.Environ(), helperVariable+"=1", "TMPDIR="+dir)
	helper.Stderr = os.Stderr
	stdin, _ := helper.StdinPipe()
	defer stdin.Close()
	stdout, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	var url string
	var pid int
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if _, scanErr := fmt.Sscanf(line, "server %s %d", &url, &pid); scanErr != nil {
		_ = helper.Process.Kill()
		t.Fatalf("the helper said %q, %v", line, err)
	}
	if err := dial(t, url).Ping(t.Context()).Err(); err != nil {
		t.Errorf("before the kill: %v", err)
	}
	_ = helper.Process.Kill()
	_ = helper.Wait()
	if err := redistest.Poll(commandTimeout/6, func() error { return gone(pid) }); err != nil {
		t.Error(err)
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// gone returns nil when the process has ended, be it a zombie that its new
// parent has not collected yet.
func gone(pid int) error {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil || strings.Contains(string(stat), ") Z ") {
		return nil
	}
	return fmt.Errorf("process %d is still there", pid)
}

func TestServerOutlivesTheThreadThatAskedForIt(t *testing.T) {
	needServer(t)
	var s *redistest.Server
	tid := onDyingThread(func() { s = redistest.Start(t) })
	if err := redistest.Poll(commandTimeout, func() error {
		if _, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", tid)); err == nil {
			return fmt.Errorf("thread %d is still there", tid)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := gone(s.Pid()); err == nil {
		t.Error("the server died with the thread")
	}
}

// onDyingThread calls f on an OS thread that ends after it, and returns its id.
func onDyingThread(f func()) int {
	tid := make(chan int)
	go func() {
		// A thread ends with the goroutine that has locked it, except the first
		// one of the process: that one is held here while another is found.
		runtime.LockOSThread()
		if syscall.Gettid() == os.Getpid() {
			defer runtime.UnlockOSThread()
			tid <- onDyingThread(f)
			return
		}
		f()
		tid <- syscall.Gettid()
	}()
	return <-tid
}

// Without waiting for the halt, an answer could still come after Pause.
func TestPauseReturnsOnceTheServerStandsStill(t *testing.T) {
	s := redistest.Start(t)
	for range 200 {
		s.Pause()
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.Pid()))
		if err != nil || !strings.Contains(string(stat), ") T ") {
			t.Fatalf("after Pause: %v, %s", err, stat)
		}
		s.Resume()
	}
}
