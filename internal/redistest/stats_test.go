package redistest_test

import (
	"maps"
	"testing"

	"github.com/ringsession/ringsession/internal/redistest"
)

func TestCommandStats(t *testing.T) {
	s := redistest.Start(t)
	c := s.Client()
	c.Get(t.Context(), "k")
	s.ResetStats(t)
	c.Set(t.Context(), "k", "v", 0)
	c.Get(t.Context(), "k")
	c.Get(t.Context(), "k")
	c.Eval(t.Context(), "return redis.call('HSET', KEYS[1], 'f', 1)", []string{"h"})
	c.Incr(t.Context(), "h")
	c.ClientID(t.Context())
	want := map[string]int64{"set": 1, "get": 2, "eval": 1, "hset": 1, "incr": 1, "client|id": 1}
	for range 2 {
		if got := s.CommandStats(t); !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	s.ResetStats(t)
	if got := s.CommandStats(t); len(got) != 0 {
		t.Errorf("after the reset: got %v, want none", got)
	}
}
