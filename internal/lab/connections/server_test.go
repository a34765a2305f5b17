package connections_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
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
