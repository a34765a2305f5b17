package redistest_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/ringsession/ringsession/internal/redistest"
)

func TestAdvanceTakesTimeToLive(t *testing.T) {
	s := redistest.Start(t)
	c := s.Client()
	for _, tt := range []struct {
		name string
		ttl  time.Duration
		want time.Duration // 0: deleted; -1: no time to live
	}{
		{"longer than the advance", time.Hour, time.Hour - time.Minute},
		{"just longer than the advance", time.Minute + 30*time.Second, 30 * time.Second},
		{"as long as the advance", time.Minute, 0},
		{"shorter than the advance", time.Second, 0},
		{"none", 0, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := c.Set(t.Context(), "k", "v", tt.ttl).Err(); err != nil {
				t.Fatal(err)
			}
			s.Advance(t, time.Minute)
			exists, err := c.Exists(t.Context(), "k").Result()
			if err != nil || (exists == 1) != (tt.want != 0) {
				t.Fatalf("exists: %d, %v; want %v", exists, err, tt.want != 0)
			}
			if tt.want == 0 {
				return
			}
			// Ten seconds for a machine that is busy.
			got, err := c.PTTL(t.Context(), "k").Result()
			if err != nil || got > tt.want || got < tt.want-10*time.Second {
				t.Errorf("time to live: %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestAdvanceLowersTimeFields(t *testing.T) {
	s := redistest.Start(t)
	c := s.Client()
	for _, tt := range []struct {
		name       string
		have, want map[string]string
	}{
		{"all", map[string]string{"@c": "1700000000123", "@d": "1700043200123", "@login": "1700000001000"},
			map[string]string{"@c": "1699999998623", "@d": "1700043198623", "@login": "1699999999500"}},
		{"absent ones stay absent", map[string]string{"@c": "5000"}, map[string]string{"@c": "3500"}},
		{"below zero", map[string]string{"@c": "500"}, map[string]string{"@c": "-1000"}},
		{"other fields", map[string]string{"@user": "7", "visits": "3"}, map[string]string{"@user": "7", "visits": "3"}},
		{"not an integer", map[string]string{"@login": "1.5", "@c": ""}, map[string]string{"@login": "1.5", "@c": ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer c.FlushDB(t.Context())
			c.HSet(t.Context(), "h", tt.have)
			s.Advance(t, 1500*time.Millisecond)
			got, err := c.HGetAll(t.Context(), "h").Result()
			if err != nil || !maps.Equal(got, tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestAdvanceReachesEveryKeyOnce(t *testing.T) {
	s := redistest.Start(t)
	c := s.Client()
	const keys = 2500
	pipe := c.Pipeline()
	for i := range keys {
		pipe.HSet(t.Context(), fmt.Sprint("h", i), "@c", 10000)
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Advance(t, time.Second)
	for i := range keys {
		if got := c.HGet(t.Context(), fmt.Sprint("h", i), "@c").Val(); got != "9000" {
			t.Fatalf("key %d: got %s, want 9000", i, got)
		}
	}
}

func TestAdvanceRefusesLessThanAMillisecond(t *testing.T) {
	needServer(t)
	for _, d := range []time.Duration{-time.Second, 0, time.Millisecond - 1} {
		r := record(t, func(t testing.TB) { redistest.Start(t).Advance(t, d) })
		if r.failed == "" {
			t.Errorf("%v was accepted", d)
		}
	}
}
