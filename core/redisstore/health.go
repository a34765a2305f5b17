package redisstore

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// The states of a shard in [ShardHealth].
const (
	StateUp      = "up"
	StateSlow    = "slow" // it answered, after more than a tenth of a second
	StateDown    = "down"
	StateRetired = "retired"
)

// slow is the round trip above which a shard counts as slow.
const slow = 100 * time.Millisecond

// Health is the result of [Store.Health]. It can be encoded as JSON for a
// health endpoint.
type Health struct {
	// Shards has the state of each shard, in the order of the list.
	Shards []ShardHealth `json:"shards"`
}

// ShardHealth is the state of one shard.
type ShardHealth struct {
	// Name of the shard.
	Name string `json:"name"`
	// Tag begins the place of every session of the shard.
	Tag string `json:"tag"`
	// State is StateUp, StateSlow, StateDown or StateRetired.
	State string `json:"state"`
	// Breaker is "closed", "open" or "half-open"; "" for a retired shard.
	Breaker string `json:"breaker,omitempty"`
	// New means that the shard takes new sessions: it is neither drained nor
	// retired.
	New bool `json:"new"`
	// RoundTrip is how long the shard took to answer, in nanoseconds.
	RoundTrip time.Duration `json:"round_trip"`
	// Problem is the reason why the shard is down.
	Problem string `json:"problem,omitempty"`
	// Warnings are settings that an operator should change. They were found
	// when the shard was listed.
	Warnings []string `json:"warnings,omitempty"`
}

// Ready reports whether a user could log in: at least one shard that takes new
// sessions answers. Use it for a readiness probe. A process that cannot reach
// some of its shards still serves the sessions of the others, so it stays
// ready.
func (h Health) Ready() bool {
	for _, sh := range h.Shards {
		if sh.New && (sh.State == StateUp || sh.State == StateSlow) {
			return true
		}
	}
	return false
}

// Health pings every shard, all at the same time, until ctx is done or for 2
// seconds. A closed store has no shards.
func (s *Store) Health(ctx context.Context) Health {
	t := s.topology.Load()
	if t == nil {
		return Health{}
	}
	h := Health{Shards: make([]ShardHealth, len(t.shards))}
	var wg sync.WaitGroup
	for i, sh := range t.shards {
		wg.Go(func() { h.Shards[i] = sh.health(ctx) })
	}
	wg.Wait()
	return h
}

func (sh *shard) health(ctx context.Context) ShardHealth {
	h := ShardHealth{
		Name: sh.Name, Tag: sh.tag(), New: !sh.Drain && !sh.Retired, State: StateRetired,
	}
	if sh.Retired {
		return h
	}
	if !sh.enter() {
		h.State, h.Problem = StateDown, errClosed.Error()
		return h
	}
	defer sh.leave()
	begun := time.Now()
	err := sh.probe(ctx)
	h.RoundTrip = time.Since(begun)
	switch {
	case err != nil:
		h.State, h.Problem = StateDown, err.Error()
	case h.RoundTrip > slow:
		h.State = StateSlow
	default:
		h.State = StateUp
	}
	h.Breaker = sh.breakerState()
	if warnings := sh.warnings.Load(); warnings != nil {
		h.Warnings = *warnings
	}
	return h
}

// String returns the state of the shard on one line.
func (h ShardHealth) String() string {
	return fmt.Sprintf("%s: %s in %v", h.Name, h.State, h.RoundTrip.Round(time.Microsecond))
}
