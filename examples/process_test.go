package examples_test

import (
	"bufio"
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"
)

// startTimeout and endTimeout are for a machine that is busy.
const (
	startTimeout = 30 * time.Second
	endTimeout   = 15 * time.Second
)

// built is the folder of the examples' binaries.
var built struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	// What the sessions log would bury the failures.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	_ = os.Unsetenv("SESSION_SECRET")
	status := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(status)
}

func binary(t *testing.T, name string) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "examples"); built.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", built.dir+"/", "./...").CombinedOutput()
		if built.err = err; err != nil {
			t.Logf("%s", out)
		}
	})
	if built.err != nil {
		t.Fatalf("go build: %v", built.err)
	}
	return filepath.Join(built.dir, name)
}

// A process is an example that runs.
type process struct {
	t              *testing.T
	cmd            *exec.Cmd
	opened         chan struct{} // closed when the example told its address
	address        string
	ended          chan struct{} // closed when stdout, stderr and err are complete
	stdout, stderr bytes.Buffer
	err            error
}

var opened = regexp.MustCompile(`^Open (http://\S+) and sign in`)

// launch starts the example, on a free port unless the args name an address.
func launch(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, opened: make(chan struct{}), ended: make(chan struct{})}
	p.cmd = exec.Command(binary(t, name), append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			p.stdout.WriteString(lines.Text() + "\n")
			if url := opened.FindStringSubmatch(lines.Text()); url != nil {
				p.address = url[1]
				close(p.opened)
			}
		}
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// url waits until the example tells where it can be opened.
func (p *process) url() string {
	p.t.Helper()
	select {
	case <-p.opened:
	case <-p.ended:
		p.t.Fatalf("%s ended: %v\n%s%s", p.cmd, p.err, &p.stdout, &p.stderr)
	case <-time.After(startTimeout):
		p.t.Fatalf("%s told no URL within %v", p.cmd, startTimeout)
	}
	return p.address
}

// status waits for the end of the example and returns its exit status.
func (p *process) status() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(endTimeout):
		p.t.Fatalf("%s did not end within %v", p.cmd, endTimeout)
	}
	return p.cmd.ProcessState.ExitCode()
}
