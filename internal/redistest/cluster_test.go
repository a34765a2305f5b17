package redistest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/internal/redistest"
)

func TestClusterIsOKOnEveryNode(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, 3, 1)
	if len(c.Primaries) != 3 || len(c.Replicas) != 3 || len(c.Addrs()) != 6 {
		t.Fatalf("%d primaries, %d replicas, addresses %v", len(c.Primaries), len(c.Replicas), c.Addrs())
	}
	for i, s := range append(c.Primaries, c.Replicas...) {
		if s.Addr() != c.Addrs()[i] {
			t.Errorf("address %d is %s, want %s", i, c.Addrs()[i], s.Addr())
		}
		info := s.Client().ClusterInfo(t.Context()).Val()
		for _, want := range []string{"cluster_state:ok", "cluster_slots_assigned:16384", "cluster_known_nodes:6", "cluster_size:3"} {
			if !strings.Contains(info, want) {
				t.Errorf("%s lacks %s:\n%s", s.Addr(), want, info)
			}
		}
		ranges := s.Client().Do(t.Context(), "cluster", "slots").Val()
		if got := strings.Count(fmt.Sprint(ranges), "127.0.0.1"); got != 6 {
			t.Errorf("%s names %d nodes, want 6: %v", s.Addr(), got, ranges)
		}
	}
	for i, s := range c.Replicas {
		want := fmt.Sprintf("slave0:ip=127.0.0.1,port=%s,state=online", strings.TrimPrefix(s.Addr(), "127.0.0.1:"))
		if info := c.Primaries[i].Client().Info(t.Context(), "replication").Val(); !strings.Contains(info, want) {
			t.Errorf("primary %d lacks %s:\n%s", i, want, info)
		}
	}
}

func TestClusterFailsOver(t *testing.T) {
	t.Parallel()
	c := redistest.StartCluster(t, 3, 1)
	for i := range 20 {
		key := fmt.Sprint("k", i)
		if err := c.Client().Set(t.Context(), key, "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		// Anyone but the owner would answer MOVED.
		if err := c.Owner(t, key).Client().Get(t.Context(), key).Err(); err != nil {
			t.Errorf("the owner of %s: %v", key, err)
		}
	}
	old := c.Owner(t, "k0")
	if n, err := old.Client().Wait(t.Context(), 1, commandTimeout).Result(); n != 1 {
		t.Fatalf("replicated to %d, %v", n, err)
	}
	old.Kill()
	if err := redistest.Poll(commandTimeout, func() error {
		if c.Owner(t, "k0") == old {
			return fmt.Errorf("%s is still the owner", old.Addr())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Owner(t, "k0").Client().Get(t.Context(), "k0").Result(); got != "v" {
		t.Errorf("after the failover: got %q, %v; want \"v\"", got, err)
	}
}

func TestClusterSettings(t *testing.T) {
	t.Parallel()
	began := time.Now()
	c := redistest.StartCluster(t, 1, 0, "--cluster-require-full-coverage", "no")
	if took := time.Since(began); took > commandTimeout {
		t.Errorf("one node took %v", took)
	}
	for name, want := range map[string]string{
		"cluster-node-timeout":          "1000",
		"cluster-require-full-coverage": "no",
	} {
		if got := setting(t, c.Primaries[0], name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if err := c.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Error(err)
	}
}
