package redisstore

import (
	"errors"
	"slices"
	"testing"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/internal/redistest"
)

// A connection may lead to a former primary, where another replica still acknowledges.
func TestWhatAFormerPrimaryReplicatedDoesNotCount(t *testing.T) {
	pair := redistest.StartSentinel(t)
	s := newServer(pair.Primary.Client(), true, "", "a", func(core.Event) {})
	conn := pair.Primary.Client().Conn()
	defer func() { _ = conn.Close() }()
	if err := s.replicated(t.Context(), conn, 0); err != nil {
		t.Errorf("before the first look: %v", err)
	}
	s.primary.known(t.Context())
	if err := s.replicated(t.Context(), conn, 0); err != nil {
		t.Errorf("on the primary: %v", err)
	}
	s.primary.replid = "of the new primary"
	if err := s.replicated(t.Context(), conn, 0); !errors.Is(err, errReplaced) {
		t.Errorf("on a former primary: error %v, want %v", err, errReplaced)
	}
	info, err := infoOf(t.Context(), pair.Replica.Client(), "replication")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.primary.confirm(info); !errors.Is(err, errIsReplica) {
		t.Errorf("on a replica: error %v, want %v", err, errIsReplica)
	}
}

func TestWhichReplicasMayBePromoted(t *testing.T) {
	got := replicasIn(map[string]string{
		"role":              "master",
		"connected_slaves":  "4",
		"slave0":            "ip=10.0.0.1,port=6379,state=online,offset=42,lag=0",
		"slave1":            "ip=10.0.0.2,port=6379,state=online,offset=0,lag=0",
		"slave2":            "ip=10.0.0.3,port=6379,state=wait_bgsave,offset=42,lag=0",
		"slave3":            "ip=fd00::4,port=6380,state=online,offset=42,lag=0",
		"slave_read_repl_x": "1",
	})
	slices.Sort(got)
	if want := []string{"10.0.0.1:6379", "[fd00::4]:6380"}; !slices.Equal(got, want) {
		t.Errorf("replicas %q, want %q", got, want)
	}
}
