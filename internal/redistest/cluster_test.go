package redistest_test

import (
	"fmt"
	"strings"
	"testing"

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
