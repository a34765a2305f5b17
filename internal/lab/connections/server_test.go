package connections_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/examples/echo/echoapp"
	"github.com/ringsession/ringsession/examples/fiber/fiberapp"
	"github.com/ringsession/ringsession/examples/gin/ginapp"
	"github.com/ringsession/ringsession/examples/nethttp/nethttpapp"
	"github.com/ringsession/ringsession/examples/site"
)

var frameworks = []struct {
	name      string
	newServer func(*site.Site) site.Server
}{
	{"net/http", nethttpapp.New}, {"Gin", ginapp.New}, {"Echo", echoapp.New}, {"Fiber", fiberapp.New},
}

// A task is what a process of the test is to serve, in the variable CONNECTIONS_SERVER.
type task struct {
	Framework int
	Redis     string
	Interval  time.Duration // of the streams
}

const taskVariable = "CONNECTIONS_SERVER"

// TestMain makes the server's process of the test's own program, so that it can look at its memory.
func TestMain(m *testing.M) {
	text, ok := os.LookupEnv(taskVariable)
	if !ok {
		os.Exit(m.Run())
	}
	var todo task
	err := json.Unmarshal([]byte(text), &todo)
	if err == nil {
		err = todo.serve()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve writes the site's URL to stdout, and a sample for each line that comes from stdin. It ends with stdin.
func (todo task) serve() error {
	ctx, end := context.WithCancel(context.Background())
	defer end()
	s, err := site.Open(ctx, site.Config{
		Addr: "127.0.0.1:0", Redis: todo.Redis, Secret: "the secret of the tests, 32 bytes", StoreTimeout: patience,
	}, io.Discard)
	if err != nil {
		return err
	}
	s.Interval = todo.Interval
	fmt.Println(s.URL())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, frameworks[todo.Framework].newServer(s)) }()
	out := json.NewEncoder(os.Stdout)
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		now, err := takeSample()
		if err != nil {
			return err
		}
		if err := out.Encode(now); err != nil {
			return err
		}
	}
	end()
	return <-ended
}

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

// A sample is what a process needs at one moment, in bytes: RSS and Heap after a collection, Peak the most RSS that it ever had.
type sample struct {
	RSS, Peak, Heap, Stacks int
	Goroutines              int
}

func takeSample() (sample, error) {
	var m runtime.MemStats
	runtime.GC() // what finalizers free, the collection below finds
	debug.FreeOSMemory()
	runtime.ReadMemStats(&m)
	s := sample{Heap: int(m.HeapAlloc), Stacks: int(m.StackInuse), Goroutines: runtime.NumGoroutine()}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return s, err
	}
	for name, to := range map[string]*int{"VmRSS": &s.RSS, "VmHWM": &s.Peak} {
		found := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(status)
		if found == nil {
			return s, fmt.Errorf("/proc/self/status has no %s", name)
		}
		kilobytes, _ := strconv.Atoi(string(found[1]))
		*to = kilobytes << 10
	}
	return s, nil
}

// fileLimit returns how many files, and thus connections, this process may have open.
func fileLimit() (int, error) {
	limits, err := os.ReadFile("/proc/self/limits")
	if err != nil {
		return 0, err
	}
	found := regexp.MustCompile(`Max open files\s+(\d+)`).FindSubmatch(limits)
	if found == nil {
		return 0, fmt.Errorf("/proc/self/limits has no number of open files")
	}
	return strconv.Atoi(string(found[1]))
}
