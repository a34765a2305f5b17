package browser_test

import (
	"context"
	"io"
	"testing"

	"github.com/ringsession/ringsession/examples/demo/balancer"
	"github.com/ringsession/ringsession/examples/demo/console"
	"github.com/ringsession/ringsession/examples/echo/echoapp"
	"github.com/ringsession/ringsession/examples/fiber/fiberapp"
	"github.com/ringsession/ringsession/examples/gin/ginapp"
	"github.com/ringsession/ringsession/examples/nethttp/nethttpapp"
	"github.com/ringsession/ringsession/examples/site"
)

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

// serve runs the program for as long as the test does.
func serve(t *testing.T, p program) *site.Site {
	t.Helper()
	return serveWith(t, p, site.Config{})
}

func serveWith(t *testing.T, p program, c site.Config) *site.Site {
	t.Helper()
	c.Addr = "127.0.0.1:0"
	s, err := site.Open(t.Context(), c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	server := p.newServer(s)
	go func() { ended <- s.Run(ctx, server) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("%s ended with %v", p.name, err)
		}
	})
	return s
}
