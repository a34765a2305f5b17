package main

import (
	"context"
	"fmt"
	"net/http"
)

// memory returns how many bytes of Redis a session of the subject takes, with its key: what a number of them add to
// used_memory.
func (l *lab) memory(name string, sessions int) (float64, error) {
	s, err := l.server(name)
	if err == nil {
		err = l.forget()
	}
	if err != nil {
		return 0, err
	}
	c, err := dial(s.addr)
	if err != nil {
		return 0, err
	}
	defer c.close()
	seed := func(n int) error {
		r, err := c.do(request(fmt.Sprintf("/seed?n=%d", n), ""))
		if err == nil && r.status != http.StatusOK {
			err = fmt.Errorf("seed: %d %q", r.status, r.body)
		}
		return err
	}
	if err := seed(0); err != nil { // what the connection itself needs
		return 0, err
	}
	before, err := look(context.Background(), l.dbs)
	if err != nil {
		return 0, err
	}
	for n := range sessions {
		if err := seed(n + 1); err != nil {
			return 0, err
		}
	}
	after, err := look(context.Background(), l.dbs)
	return float64(after.since(before).memory) / float64(sessions), err
}
