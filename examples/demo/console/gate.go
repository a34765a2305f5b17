package console

import (
	"context"
	"time"
)

// A gate holds requests between their reading and their writing, so that they
// overlap with what a step does meanwhile.
type gate struct {
	arrived chan struct{}
	open    chan struct{}
}

// hold closes the gate of the side. The requests that come to it wait until it
// is opened.
func (s *side) hold() *gate {
	g := &gate{make(chan struct{}), make(chan struct{})}
	s.gate.Store(g)
	return g
}

// gateTimeout is how long a request waits at a gate that nobody opens.
const gateTimeout = 10 * time.Second

func (g *gate) pass(ctx context.Context) {
	if g == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, gateTimeout)
	defer cancel()
	select {
	case g.arrived <- struct{}{}:
	case <-g.open:
	case <-ctx.Done():
	}
	select {
	case <-g.open:
	case <-ctx.Done():
	}
}

// await waits until n requests are at the gate.
func (g *gate) await(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, gateTimeout)
	defer cancel()
	for range n {
		select {
		case <-g.arrived:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
