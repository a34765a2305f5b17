// Command demo is the application of the other examples in all four frameworks at once, behind a balancer that gives every
// request to the next of them. Its page shows the visitor's session and the ring of shards, live, and has buttons to pause, add
// and drain shards.
package main

import (
	"github.com/ringsession/ringsession/examples/demo/balancer"
	"github.com/ringsession/ringsession/examples/demo/console"
	"github.com/ringsession/ringsession/examples/echo/echoapp"
	"github.com/ringsession/ringsession/examples/fiber/fiberapp"
	"github.com/ringsession/ringsession/examples/gin/ginapp"
	"github.com/ringsession/ringsession/examples/nethttp/nethttpapp"
	"github.com/ringsession/ringsession/examples/site"
)

func main() {
	site.Main("demo", func(s *site.Site) site.Server {
		b := balancer.New(nethttpapp.New(s), ginapp.New(s), echoapp.New(s), fiberapp.New(s))
		console.Mount(s, b)
		return b
	})
}
