package connections_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A process is a server that tells how much memory it uses.
type process struct {
	t      *testing.T
	addr   string
	stdin  io.Closer
	orders io.Writer
	lines  *bufio.Scanner
}

// start starts the server of the task. It is shut down with the test, which fails if that fails.
func start(t *testing.T, todo task) *process {
	t.Helper()
	text, err := json.Marshal(todo)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), taskVariable+"="+string(text))
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	p := &process{t: t, stdin: stdin, orders: stdin, lines: bufio.NewScanner(stdout)}
	p.addr = strings.TrimPrefix(p.line(), "http://")
	return p
}

func (p *process) line() string {
	p.t.Helper()
	if !p.lines.Scan() {
		p.t.Fatalf("the server ended: %v", p.lines.Err())
	}
	return p.lines.Text()
}

func (p *process) sample() (s sample) {
	p.t.Helper()
	_, err := io.WriteString(p.orders, "\n")
	if err == nil {
		err = json.Unmarshal([]byte(p.line()), &s)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}
