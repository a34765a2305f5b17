package main

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ringsession/ringsession/internal/redistest"
)

// A lab has the Redis servers, and a process for each subject that was needed so far.
type lab struct {
	redis   []string
	dbs     []*redis.Client
	servers map[string]*server
}

func newLab(t testing.TB) *lab {
	l := &lab{servers: make(map[string]*server)}
	for range 3 {
		db := redistest.Start(t)
		l.redis, l.dbs = append(l.redis, db.Addr()), append(l.dbs, db.Client())
	}
	t.Cleanup(l.close)
	return l
}

func (l *lab) close() {
	var wg sync.WaitGroup
	for _, s := range l.servers {
		wg.Go(func() { _ = s.stop() }) // with the race detector a process takes a second to end
	}
	wg.Wait()
}

// server returns the process of the subject.
func (l *lab) server(name string) (*server, error) {
	if s, ok := l.servers[name]; ok {
		return s, nil
	}
	subject, ok := find(name)
	if !ok {
		return nil, fmt.Errorf("no subject %q", name)
	}
	s, err := startServer(subject, l.redis)
	if err != nil {
		return nil, err
	}
	l.servers[name] = s
	return s, nil
}

// forget empties the Redis servers, so that no subject pays for the sessions of another.
func (l *lab) forget() error {
	for _, db := range l.dbs {
		if err := db.FlushAll(context.Background()).Err(); err != nil {
			return err
		}
	}
	return nil
}
