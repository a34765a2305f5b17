// Package embedded runs Redis servers within this process. They need no installation, forget everything when the process
// ends, and can be paused and looked into.
package embedded

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/ringsession/ringsession/core/redisstore"
)

// Servers are Redis servers, each with the name of the shard that it is. They are safe for concurrent use.
type Servers struct {
	mu   sync.RWMutex
	list []*server // in the order of their start
}

// Start starts a server for each name.
func Start(names ...string) (*Servers, error) {
	s := new(Servers)
	for _, name := range names {
		if _, err := s.Add(name); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

// Add starts one more server.
func (s *Servers) Add(name string) (redisstore.Shard, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.list, func(sv *server) bool { return sv.name == name }) {
		return redisstore.Shard{}, fmt.Errorf("embedded Redis: there is a server %q already", name)
	}
	m, err := miniredis.Run()
	if err != nil {
		return redisstore.Shard{}, fmt.Errorf("embedded Redis: %w", err)
	}
	m.ClockTTL(true)
	sv := &server{name: name, redis: m}
	m.Server().SetPreHook(sv.hold)
	s.list = append(s.list, sv)
	return sv.shard(), nil
}

// Shards returns the servers as a list for the store.
func (s *Servers) Shards() []redisstore.Shard {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var shards []redisstore.Shard
	for _, sv := range s.list {
		shards = append(shards, sv.shard())
	}
	return shards
}

// Pause makes the server hold all commands, as a process that was stopped does: who asks it waits.
func (s *Servers) Pause(name string) error { return s.with(name, (*server).pause) }

// Resume lets the server carry out what it held, and go on.
func (s *Servers) Resume(name string) error { return s.with(name, (*server).resume) }

func (s *Servers) with(name string, do func(*server)) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i := slices.IndexFunc(s.list, func(sv *server) bool { return sv.name == name })
	if i < 0 {
		return errors.New("there is no such server")
	}
	do(s.list[i])
	return nil
}

// Disturbed reports whether a server is paused, or was a moment ago, so that failures are no news.
func (s *Servers) Disturbed() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.ContainsFunc(s.list, (*server).disturbed)
}

// Paused reports whether the server is paused.
func (s *Servers) Paused(name string) (paused bool) {
	_ = s.with(name, func(sv *server) { paused = sv.paused() })
	return paused
}

// FastForward makes time pass for what expires, in addition to the time that passes anyway.
func (s *Servers) FastForward(d time.Duration) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, sv := range s.list {
		sv.redis.FastForward(d)
	}
}

// Close ends the servers.
func (s *Servers) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sv := range s.list {
		sv.resume()
		sv.redis.Close()
	}
}
