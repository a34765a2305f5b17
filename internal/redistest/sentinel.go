package redistest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// MasterName is the name by which a [Sentinel] knows its primary.
const MasterName = "mymaster"

// A Sentinel is a sentinel that watches a primary and its replicas.
type Sentinel struct {
	// Primary and Replicas are named by the part that they had at the start; a
	// failover swaps the parts but not the names. Replica is the first of Replicas.
	Primary, Replica *Server
	Replicas         []*Server
	// Watcher is the sentinel itself.
	Watcher *Server

	client *redis.Client
}

// StartSentinel starts a primary, a replica of it and one sentinel that decides
// alone (quorum 1), and returns once the replica follows the primary and the
// sentinel knows that. A primary is called dead after half a second.
func StartSentinel(t testing.TB) *Sentinel {
	t.Helper()
	return StartSentinelOf(t, 1)
}

// StartSentinelOf is [StartSentinel] with so many replicas, at least one.
func StartSentinelOf(t testing.TB, replicas int) *Sentinel {
	t.Helper()
	s := &Sentinel{Primary: Start(t)}
	for range replicas {
		s.Replicas = append(s.Replicas, Start(t, "--replicaof", fmt.Sprintf("127.0.0.1 %d", s.Primary.port)))
	}
	s.Replica = s.Replicas[0]
	s.Watcher = Start(t, "--sentinel")
	ctx, cancel := context.WithTimeout(context.Background(), 2*clusterTimeout)
	defer cancel()
	if err := s.watch(ctx); err != nil {
		t.Fatalf("redistest: start the sentinel: %v", err)
	}
	s.client = redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName:            MasterName,
		SentinelAddrs:         s.Addrs(),
		MaxRetries:            -1,
		ContextTimeoutEnabled: true,
		DisableIdentity:       true,
	})
	t.Cleanup(func() { _ = s.client.Close() })
	return s
}

// Addrs returns host:port of the sentinel, as a failover client wants it.
func (s *Sentinel) Addrs() []string { return []string{s.Watcher.Addr()} }

// Client returns a client of whichever server is the primary, the same client at
// each call. It sends each command once, honours the deadline of its context, and
// is closed when the test is over.
func (s *Sentinel) Client() *redis.Client { return s.client }

func (s *Sentinel) watch(ctx context.Context) error {
	// The sentinel asks the primary for its replicas at once, and then not again
	// for ten seconds.
	for _, replica := range s.Replicas {
		if err := poll(clusterTimeout, func() error { return follows(ctx, replica) }); err != nil {
			return err
		}
	}
	for _, command := range [][]any{
		{"sentinel", "monitor", MasterName, "127.0.0.1", s.Primary.port, 1},
		{"sentinel", "set", MasterName, "down-after-milliseconds", 500},
		{"sentinel", "set", MasterName, "failover-timeout", 5000},
	} {
		if err := s.Watcher.client.Do(ctx, command...).Err(); err != nil {
			return fmt.Errorf("%v: %w", command, err)
		}
	}
	return poll(clusterTimeout, func() error { return s.known(ctx) })
}

// known returns nil when the sentinel would promote any of the replicas.
func (s *Sentinel) known(ctx context.Context) error {
	replicas, err := s.Watcher.client.Do(ctx, "sentinel", "replicas", MasterName).Slice()
	if err != nil {
		return err
	}
	for _, replica := range s.Replicas {
		if !slices.ContainsFunc(replicas, func(r any) bool {
			fields := fmt.Sprint(r)
			return strings.Contains(fields, replica.Addr()) && strings.Contains(fields, "master-link-status:ok")
		}) {
			return errors.New("the sentinel does not know the replica yet")
		}
	}
	return nil
}
