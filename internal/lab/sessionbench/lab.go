package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringsession/ringsession/internal/redistest"
)

// A lab has the Redis servers, and a process for each subject that was needed so far.
type lab struct {
	redis   []string
	dbs     []*redis.Client
	servers map[string]*server
	far     map[time.Duration][]string // the same Redis servers, so long a round trip away
	between []*distance
}

func newLab(t testing.TB) *lab {
	l := &lab{servers: make(map[string]*server), far: make(map[time.Duration][]string)}
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
	for _, d := range l.between {
		d.close()
	}
}

// addrs returns the addresses of the Redis servers at that distance.
func (l *lab) addrs(roundTrip time.Duration) ([]string, error) {
	if roundTrip == 0 {
		return l.redis, nil
	}
	for _, addr := range l.redis[len(l.far[roundTrip]):] {
		d, err := newDistance(addr, roundTrip)
		if err != nil {
			return nil, err
		}
		l.between = append(l.between, d)
		l.far[roundTrip] = append(l.far[roundTrip], d.addr)
	}
	return l.far[roundTrip], nil
}

// server returns the process of the subject, whose Redis is at that distance.
func (l *lab) server(name string, roundTrip time.Duration) (*server, error) {
	key := fmt.Sprint(name, roundTrip)
	if s, ok := l.servers[key]; ok {
		return s, nil
	}
	subject, ok := find(name)
	if !ok {
		return nil, fmt.Errorf("no subject %q", name)
	}
	addrs, err := l.addrs(roundTrip)
	if err != nil {
		return nil, err
	}
	s, err := startServer(subject, addrs)
	if err != nil {
		return nil, err
	}
	l.servers[key] = s
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
