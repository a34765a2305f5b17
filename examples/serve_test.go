package examples_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/examples/demo/balancer"
	"github.com/ringsession/ringsession/examples/demo/console"
	"github.com/ringsession/ringsession/examples/echo/echoapp"
	"github.com/ringsession/ringsession/examples/fiber/fiberapp"
	"github.com/ringsession/ringsession/examples/gin/ginapp"
	"github.com/ringsession/ringsession/examples/nethttp/nethttpapp"
	"github.com/ringsession/ringsession/examples/site"
	"github.com/ringsession/ringsession/internal/redistest"
)

const secret = "the secret of the tests, 32 bytes"

// A program is one of the examples, by the name of its framework.
type program struct {
	name      string
	newServer func(*site.Site) site.Server
}

var frameworks = []program{
	{"net/http", nethttpapp.New}, {"Gin", ginapp.New}, {"Echo", echoapp.New}, {"Fiber", fiberapp.New},
}

var demo = program{"demo", func(s *site.Site) site.Server {
	b := balancer.New(nethttpapp.New(s), ginapp.New(s), echoapp.New(s), fiberapp.New(s))
	console.Mount(s, b)
	return b
}}

var programs = append(slices.Clone(frameworks), demo)

// serve runs the program for as long as the test does, and returns its URL.
func serve(t *testing.T, p program, c site.Config) string {
	t.Helper()
	c.Addr = "127.0.0.1:0"
	s, err := site.Open(t.Context(), c, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	server := p.newServer(s)
	go func() { ended <- s.Run(ctx, server) }()
	t.Cleanup(func() {
		interrupt()
		if err := <-ended; err != nil {
			t.Errorf("%s ended with %v", p.name, err)
		}
	})
	return s.URL()
}

// startShards starts three Redis servers of the weights 1, 2, 1 and returns them with the list for -redis.
func startShards(t *testing.T) (servers []*redistest.Server, list string) {
	t.Helper()
	var entries []string
	for _, query := range []string{"?name=a", "?name=b&weight=2", "?name=c"} {
		server := redistest.Start(t)
		servers = append(servers, server)
		entries = append(entries, server.URL()+query)
	}
	return servers, strings.Join(entries, ",")
}

// sessions returns how many sessions the servers keep.
func sessions(t *testing.T, servers []*redistest.Server) (n int) {
	t.Helper()
	for _, server := range servers {
		keys, err := server.Client().Keys(t.Context(), "session:*").Result()
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			// Neither what remembers an end, nor the mark of whose server it is.
			if server.Client().HExists(t.Context(), key, "@c").Val() {
				n++
			}
		}
	}
	return n
}
