package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// memory returns how many bytes of Redis a session of the subject takes: what the server says of all keys that a number of
// sessions make (MEMORY USAGE), divided by that number.
func (l *lab) memory(ctx context.Context, name string, sessions int) (float64, error) {
	s, err := l.server(name, 0)
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
	for n := range sessions {
		r, err := c.do(request(fmt.Sprintf("/person?n=%d", n), ""))
		if err == nil && r.status != http.StatusOK {
			err = fmt.Errorf("seed: %d %q", r.status, r.body)
		}
		if err != nil {
			return 0, err
		}
	}
	var sum int64
	keys := l.dbs[0].Scan(ctx, 0, "", 1000).Iterator()
	for keys.Next(ctx) {
		const everyElement = 0
		bytes, err := l.dbs[0].MemoryUsage(ctx, keys.Val(), everyElement).Result()
		if err != nil {
			return 0, err
		}
		sum += bytes
	}
	if sum == 0 {
		return 0, errors.New("no session was stored")
	}
	return float64(sum) / float64(sessions), keys.Err()
}
