package main

import (
	"runtime"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringsession/ringsession/internal/redistest"
)

// A distance delays, and loses nothing: 2,000 commands in one write take one round trip, not as many.
func TestADistanceDelaysAndLosesNothing(t *testing.T) {
	const roundTrip = 20 * time.Millisecond
	server := redistest.Start(t)
	d, err := newDistance(server.Addr(), roundTrip)
	switch {
	case err != nil && runtime.GOOS == "linux":
		t.Fatal(err)
	case err != nil:
		t.Skip(err)
	}
	t.Cleanup(d.close)
	client := redis.NewClient(&redis.Options{Addr: d.addr, MaxRetries: -1})
	defer func() { _ = client.Close() }()
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	cmds, err := client.Pipelined(t.Context(), func(p redis.Pipeliner) error {
		for i := range 2000 {
			p.Echo(t.Context(), i)
		}
		return nil
	})
	took := time.Since(begun)
	if err != nil || cmds[1999].(*redis.StringCmd).Val() != "1999" {
		t.Errorf("%v, %v", cmds[1999], err)
	}
	if took < roundTrip || took > 100*roundTrip {
		t.Errorf("it took %v, want at least %v and not as often as there are commands", took, roundTrip)
	}
}
