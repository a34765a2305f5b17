package redistest_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ringsession/ringsession/internal/redistest"
)

func TestSentinelFailsOver(t *testing.T) {
	t.Parallel()
	s := redistest.StartSentinel(t)
	sentinel := redis.NewSentinelClient(&redis.Options{Addr: s.Addrs()[0]})
	defer sentinel.Close()
	if info, err := sentinel.Master(t.Context(), redistest.MasterName).Result(); err != nil || info["num-slaves"] != "1" {
		t.Errorf("the sentinel knows of %q replicas, %v; want 1", info["num-slaves"], err)
	}
	if err := s.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Primary.Client().Wait(t.Context(), 1, commandTimeout).Result(); n != 1 {
		t.Fatalf("replicated to %d, %v", n, err)
	}
	s.Primary.Kill()
	write := func() error { return s.Client().Set(t.Context(), "after", "w", 0).Err() }
	if err := redistest.Poll(commandTimeout, write); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"k": "v", "after": "w"} {
		if got, err := s.Replica.Client().Get(t.Context(), key).Result(); got != want {
			t.Errorf("%s: got %q, %v; want %q", key, got, err, want)
		}
	}
}
