package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	invited   = 100 // guests at a time
	maxGuests = 500
	askers    = 8
	// askEvery is how long the guests rest between two of their requests, all of them together.
	askEvery = 20 * time.Millisecond
)

// Guests are visitors of the demo's own, so that the shards have something to keep. They ask for a page in turn.
type guests struct {
	base      string
	transport http.Transport

	mu   sync.Mutex
	list []*guest
	next int
}

type guest struct {
	*client
	shard  string
	status int // of the last answer
}

// A tally counts guests by what they were last told.
type tally struct{ Guests, Served, Unavailable, SignedOut int }

func (t *tally) add(u tally) {
	t.Guests += u.Guests
	t.Served += u.Served
	t.Unavailable += u.Unavailable
	t.SignedOut += u.SignedOut
}

func newGuests(base string) *guests {
	g := &guests{base: base}
	g.transport.MaxIdleConnsPerHost = askers
	return g
}

// invite signs some more guests in.
func (g *guests) invite(ctx context.Context) error {
	g.mu.Lock()
	here := len(g.list)
	g.mu.Unlock()
	if here+invited > maxGuests {
		return fmt.Errorf("%d guests are enough", here)
	}
	errs := make(chan error, invited)
	turn := make(chan struct{}, askers)
	for i := range invited {
		turn <- struct{}{}
		go func() {
			defer func() { <-turn }()
			errs <- g.welcome(ctx, fmt.Sprint("guest-", here+i+1))
		}()
	}
	var err error
	for range invited {
		err = errors.Join(err, <-errs)
	}
	return err
}

func (g *guests) welcome(ctx context.Context, name string) error {
	one := &guest{client: newClient(g.base, &g.transport)}
	if err := one.signIn(ctx, name); err != nil {
		return err
	}
	if err := g.ask(ctx, one); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = append(g.list, one)
	return nil
}

// run lets the guests ask until ctx is done.
func (g *guests) run(ctx context.Context) {
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	turn := make(chan struct{}, askers)
	for {
		select {
		case <-ctx.Done():
			g.transport.CloseIdleConnections()
			return
		case <-ticker.C:
		}
		select {
		case turn <- struct{}{}:
			go func() {
				defer func() { <-turn }()
				if one := g.turn(); one != nil {
					_ = g.ask(ctx, one) // which ends with the program, or is asked again
				}
			}()
		default: // all are waiting
		}
	}
}

// turn returns the guest whose turn it is, or nil.
func (g *guests) turn() *guest {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.list) == 0 {
		return nil
	}
	g.next++
	return g.list[g.next%len(g.list)]
}

// ask lets a guest ask who it is.
func (g *guests) ask(ctx context.Context, one *guest) error {
	who, status, err := one.whoami(ctx)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	one.status = status
	if status == http.StatusOK {
		one.shard = who.Shard
	}
	return nil
}

// tallies returns how the guests of each shard fare.
func (g *guests) tallies() map[string]tally {
	g.mu.Lock()
	defer g.mu.Unlock()
	tallies := make(map[string]tally)
	for _, one := range g.list {
		t := tally{Guests: 1}
		switch one.status {
		case http.StatusOK:
			t.Served = 1
		case http.StatusUnauthorized:
			t.SignedOut = 1
		default:
			t.Unavailable = 1
		}
		sum := tallies[one.shard]
		sum.add(t)
		tallies[one.shard] = sum
	}
	return tallies
}
