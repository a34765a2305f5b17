package connections_test

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// A crowd is all clients and all streams of a server.
type crowd struct {
	addr    string
	clients []*client
	streams []*stream
}

// come connects n clients.
func (c *crowd) come(n int) error {
	c.clients = make([]*client, n)
	return each(n, func(i int) (err error) {
		c.clients[i], err = connect(c.addr, fmt.Sprint("user-", i))
		return err
	})
}

// signIn signs every client in, as a user and so with a session of its own.
func (c *crowd) signIn() error {
	return each(len(c.clients), func(i int) error { return c.clients[i].signIn() })
}

// watch opens n streams, of the clients in turn.
func (c *crowd) watch(n int) error {
	c.streams = make([]*stream, n)
	return each(n, func(i int) (err error) {
		c.streams[i], err = watch(c.addr, c.clients[i%len(c.clients)])
		return err
	})
}

// more waits until every stream has told so many more events.
func (c *crowd) more(events int64) error {
	want := make([]int64, len(c.streams))
	for i, s := range c.streams {
		want[i] = s.events.Load() + events
	}
	return each(len(c.streams), func(i int) error { return c.streams[i].reach(want[i]) })
}

// check asks over every connection who is signed in.
func (c *crowd) check() error {
	return each(len(c.clients), func(i int) error { return c.clients[i].check() })
}

func (c *crowd) leave() {
	for _, s := range c.streams {
		if s != nil {
			s.close()
		}
	}
	for _, one := range c.clients {
		if one != nil {
			_ = one.conn.Close()
		}
	}
	c.clients, c.streams = nil, nil
}

// each calls f for 0 to n-1, some at a time, and returns how many failed and the first error.
func each(n int, f func(i int) error) error {
	const workers = 32
	var next, failed atomic.Int64
	var first error
	var once sync.Once
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := f(i); err != nil {
					failed.Add(1)
					once.Do(func() { first = err })
				}
			}
		})
	}
	wg.Wait()
	if first != nil {
		return fmt.Errorf("%d of %d failed, the first with: %w", failed.Load(), n, first)
	}
	return nil
}
