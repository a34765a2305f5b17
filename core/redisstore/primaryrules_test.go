package redisstore

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

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

// Where there is no watch, as in a Cluster, the replicas that follow now count.
func TestAllReplicasThatFollowMustHaveIt(t *testing.T) {
	server := redistest.Start(t)
	of := strings.ReplaceAll(server.Addr(), ":", " ")
	replica := redistest.Start(t, "--replicaof", of)
	redistest.Start(t, "--replicaof", of)
	primary := server.Client()
	s := newServer(primary, true, server.Addr(), "a", func(core.Event) {})
	conn := primary.Conn()
	defer func() { _ = conn.Close() }()
	write := func() error {
		if err := conn.Set(t.Context(), "k", "1", 0).Err(); err != nil {
			t.Fatal(err)
		}
		return s.replicated(t.Context(), conn, 1)
	}
	eventually(t, "both replicas acknowledge", func() bool {
		_ = conn.Set(t.Context(), "k", "0", 0) // WAIT is about the connection's own writes
		return conn.Wait(t.Context(), 2, time.Second).Val() == 2
	})
	for range 20 { // a machine under load may be slow to replicate
		eventually(t, "both replicas have it", func() bool {
			err := write()
			if err != nil && !strings.Contains(err.Error(), "replicas have it") {
				t.Fatal(err)
			}
			return err == nil
		})
	}
	replica.Pause()
	defer replica.Resume()
	if err := write(); err == nil || !strings.Contains(err.Error(), "1 of 2 replicas have it") {
		t.Errorf("one of two replicas has it: error %v", err)
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

// Connections that are not of go-redis's pool must be closed when the primary changes.
func TestWhenAPrimaryIsLeft(t *testing.T) {
	steps := ""
	w := &primaryWatch{
		hold:      func(error) { steps += "hold " },
		release:   func() { steps += "release " },
		reconnect: func(error) { steps += "reconnect " },
	}
	for _, test := range []struct{ role, replid, want string }{
		{"master", "one", "release "},
		{"master", "one", "release "},
		{"slave", "one", "hold "},
		{"master", "one", "release "},
		{"master", "two", "reconnect release "},
		{"", "", ""},
	} {
		steps = ""
		w.judge(map[string]string{"role": test.role, "master_replid": test.replid})
		if steps != test.want {
			t.Errorf("%s with data of %s: %q, want %q", test.role, test.replid, steps, test.want)
		}
	}
}
