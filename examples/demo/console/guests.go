package console

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	invited   = 100 // guests at a time
	maxGuests = 500
	askers    = 16
	// askEvery is how long the guests rest between two of their requests, all
	// of them together. After a change they do not rest until all have asked.
	askEvery = 20 * time.Millisecond
)

// A guest is a visitor of the demo's own, so that the shards have something to
// keep. It is signed in here and, while that is shown, in the usual way.
type guest struct {
	name        string
	ours, usual *visit
}

// A visit is a guest's login, and what it was last told.
type visit struct {
	*client
	shard  string // which keeps it; "" in the usual way, where that may change
	status int
	epoch  int  // of the world, in which the guest asked
	asking bool // now
}

// A tally counts guests by what they were told since the last change. The parts
// add up to Guests.
type tally struct{ Guests, Served, Unavailable, SignedOut, Asking int }

func (t *tally) count(v *visit, epoch int) {
	t.Guests++
	switch {
	case v == nil || v.epoch != epoch: // nil is still signing in
		t.Asking++
	case v.status == http.StatusOK:
		t.Served++
	case v.status == http.StatusUnauthorized:
		t.SignedOut++
	default:
		t.Unavailable++
	}
}

// arrive signs a guest in at the base, and asks once.
func (c *console) arrive(ctx context.Context, base, name string) (*visit, error) {
	v := &visit{client: newClient(base, &c.transport)}
	if err := v.signIn(ctx, name); err != nil {
		return nil, err
	}
	if err := c.ask(ctx, v); err != nil {
		return nil, err
	}
	return v, nil
}

// each calls do for the numbers below n, some at a time, and returns the first
// error.
func each(n int, do func(i int) error) error {
	errs := make(chan error, n)
	slots := make(chan struct{}, askers)
	for i := range n {
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			errs <- do(i)
		}()
	}
	var first error
	for range n {
		if err := <-errs; first == nil {
			first = err
		}
	}
	return first
}

// invite signs some more guests in, and returns how many are on each shard.
func (c *console) invite(ctx context.Context) (where map[string]int, err error) {
	c.mu.Lock()
	here, usual := len(c.guests), c.usual
	c.mu.Unlock()
	if here+invited > maxGuests {
		return nil, fmt.Errorf("%d guests are enough", here)
	}
	where = make(map[string]int)
	err = each(invited, func(i int) (err error) {
		g := &guest{name: fmt.Sprint("guest-", here+i+1)}
		if g.ours, err = c.arrive(ctx, c.site.URL(), g.name); err != nil {
			return err
		}
		if usual != nil {
			if g.usual, err = c.arrive(ctx, usual.base, g.name); err != nil {
				return err
			}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.guests = append(c.guests, g)
		where[g.ours.shard]++
		return nil
	})
	return where, err
}

// keepAsking lets the guests ask until ctx is done.
func (c *console) keepAsking(ctx context.Context) {
	defer c.transport.CloseIdleConnections()
	slots := make(chan struct{}, askers)
	var wg sync.WaitGroup
	defer wg.Wait()
	for ctx.Err() == nil {
		v, stale := c.turn()
		if v != nil {
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				if c.ask(ctx, v) != nil {
					time.Sleep(askEvery) // it is asked again, or the program ends
				}
				c.mu.Lock()
				defer c.mu.Unlock()
				v.asking = false
			})
		}
		if !stale {
			select {
			case <-ctx.Done():
			case <-time.After(askEvery):
			}
		}
	}
}

// turn returns the visit whose turn it is, or nil. One that was not asked since
// the last change comes first.
func (w *world) turn() (v *visit, stale bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var visits []*visit
	for _, g := range w.guests {
		for _, v := range []*visit{g.ours, g.usual} {
			switch {
			case v == nil || v.asking:
			case v.epoch != w.epoch:
				v.asking = true
				return v, true
			default:
				visits = append(visits, v)
			}
		}
	}
	if len(visits) == 0 {
		return nil, false
	}
	w.turns++
	v = visits[w.turns%len(visits)]
	v.asking = true
	return v, false
}

// ask lets a guest ask who it is. One that is nobody goes to the login page, as
// a browser does.
func (c *console) ask(ctx context.Context, v *visit) error {
	c.mu.Lock()
	epoch := c.epoch
	c.mu.Unlock()
	who, status, err := v.whoami(ctx)
	if err == nil && status == http.StatusUnauthorized {
		_, _, err = v.client.ask(ctx, http.MethodGet, "/login", nil)
	}
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	v.status, v.epoch = status, epoch
	if status == http.StatusOK {
		v.shard = who.Shard
	}
	return nil
}

// allAsked reports whether every guest has asked since the last change.
func (w *world) allAsked() bool {
	for _, g := range w.guests {
		if g.ours.epoch != w.epoch || g.usual != nil && g.usual.epoch != w.epoch {
			return false
		}
	}
	return true
}
