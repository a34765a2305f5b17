package redistest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startTimeout is generous because the race detector and other packages' tests
// may share two cores with the server.
const startTimeout = 20 * time.Second

var errPortTaken = errors.New("port is taken")

// process is one run of the server program.
type process struct {
	cmd    *exec.Cmd
	log    string
	exited chan struct{}
	killed bool
}

func startProcess(binary, dir string, args []string) (*process, error) {
	name := filepath.Join(dir, "log")
	log, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	if err := spawn(cmd); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, log: name, exited: make(chan struct{})}
	go func() {
		defer close(p.exited)
		_ = cmd.Wait()
	}()
	return p, nil
}

// waitReady returns when the server answers on socket. It asks there and not on
// the port, where somebody else's server might answer.
func (p *process) waitReady(socket string) error {
	err := poll(startTimeout, func() error {
		if p.diedAlone() {
			return stop{errors.New("it exited")}
		}
		return ping(socket)
	})
	if err == nil {
		return nil
	}
	p.kill()
	tail := p.tail()
	if strings.Contains(tail, "Address already in use") {
		err = errPortTaken
	}
	return fmt.Errorf("%w; the end of its log:\n%s", err, tail)
}

// diedAlone reports whether the process is gone though nobody called kill.
func (p *process) diedAlone() bool {
	select {
	case <-p.exited:
		return !p.killed
	default:
		return false
	}
}

func (p *process) kill() {
	p.killed = true
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// tail returns the last lines of the log.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

func ping(socket string) error {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	// A server with a password is ready too.
	if !strings.HasPrefix(answer, "+PONG") && !strings.HasPrefix(answer, "-NOAUTH") {
		return fmt.Errorf("PING answered %q", answer)
	}
	return nil
}

// findBinary returns the path of the server program.
func findBinary(getenv func(string) string, lookPath func(string) (string, error)) (string, error) {
	if name := getenv("REDIS_SERVER"); name != "" {
		path, err := lookPath(name)
		if err != nil {
			return "", fmt.Errorf("REDIS_SERVER=%q: %w", name, err)
		}
		return path, nil
	}
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := lookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("neither redis-server nor valkey-server is in PATH")
}

// needBinary returns the path of the server program. Without one, the test is
// skipped, or fails if REDIS_REQUIRED is "1".
func needBinary(
	t testing.TB, getenv func(string) string, lookPath func(string) (string, error),
) string {
	t.Helper()
	path, err := findBinary(getenv, lookPath)
	switch {
	case err == nil:
	case getenv("REDIS_REQUIRED") == "1":
		t.Fatalf("redistest: REDIS_REQUIRED=1, but there is no Redis server: %v", err)
	default:
		t.Skipf("redistest: no Redis server: %v; install one, or let make test do it", err)
	}
	return path
}

// stop is an error that makes poll give up at once.
type stop struct{ error }

// poll calls check every few milliseconds until it returns nil, and returns its
// last error after the timeout.
func poll(timeout time.Duration, check func() error) error {
	deadline := time.Now().Add(timeout)
	for {
		err := check()
		if err == nil {
			return nil
		}
		if s, ok := errors.AsType[stop](err); ok {
			return s.error
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %v: %w", timeout, err)
		}
		time.Sleep(3 * time.Millisecond)
	}
}

// Eventually fails the test unless the condition comes true within 20 seconds.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	err := poll(20*time.Second, func() error {
		if !condition() {
			return errors.New("in vain")
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
