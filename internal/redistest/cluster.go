package redistest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	clusterTimeout = 60 * time.Second
	slotCount      = 16384
)

// A Cluster is a running Redis Cluster.
type Cluster struct {
	// Primaries and Replicas are the nodes by the part that they had at the
	// start; a failover swaps parts but not the lists. With n replicas for each
	// primary, those of Primaries[i] start at Replicas[i*n].
	Primaries, Replicas []*Server

	client *redis.ClusterClient
}

// StartCluster starts a Redis Cluster and returns once every node says that the
// cluster is ok and knows all others, and every replica follows its primary. It
// takes about three seconds: Redis holds back a new cluster for two. Nodes are
// called dead after one second (cluster-node-timeout), unless args, which go to
// every node, say otherwise. A failover needs at least three primaries.
func StartCluster(t testing.TB, primaries, replicasEach int, args ...string) *Cluster {
	t.Helper()
	if primaries < 1 || replicasEach < 0 {
		t.Fatalf("redistest: a cluster of %d primaries with %d replicas each", primaries, replicasEach)
	}
	args = append([]string{
		"--cluster-enabled", "yes", "--cluster-node-timeout", "1000",
		"--cluster-announce-ip", "127.0.0.1", "--cluster-replica-validity-factor", "0",
		// CLUSTER SLOTS leaves out a replica until its primary has sent it something.
		"--repl-ping-replica-period", "1",
	}, args...)
	c := &Cluster{}
	for range primaries {
		c.Primaries = append(c.Primaries, Start(t, args...))
	}
	for range primaries * replicasEach {
		c.Replicas = append(c.Replicas, Start(t, args...))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*clusterTimeout)
	defer cancel()
	if err := c.form(ctx); err != nil {
		t.Fatalf("redistest: form the cluster: %v", err)
	}
	c.client = redis.NewClusterClient(&redis.ClusterOptions{
		Addrs:                    c.Addrs(),
		ContextTimeoutEnabled:    true,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	t.Cleanup(func() { _ = c.client.Close() })
	return c
}

// Addrs returns host:port of every node, primaries first.
func (c *Cluster) Addrs() []string {
	var addrs []string
	for _, s := range c.nodes() {
		addrs = append(addrs, s.Addr())
	}
	return addrs
}

// Client returns a client of the cluster, the same one at each call. It honours
// the deadline of its context and is closed when the test is over.
func (c *Cluster) Client() *redis.ClusterClient { return c.client }

// Owner returns the node that is now the primary for key, as the nodes that
// answer see it.
func (c *Cluster) Owner(t testing.TB, key string) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	c.client.ReloadState(ctx)
	primary, err := c.client.MasterForKey(ctx, key)
	if err != nil {
		t.Fatalf("redistest: owner of %q: %v", key, err)
	}
	addr := primary.Options().Addr
	for _, s := range c.nodes() {
		if s.Addr() == addr {
			return s
		}
	}
	t.Fatalf("redistest: owner of %q: %s is none of ours", key, addr)
	return nil
}

func (c *Cluster) nodes() []*Server { return slices.Concat(c.Primaries, c.Replicas) }

// primaryOf returns the primary that the replica of that index follows.
func (c *Cluster) primaryOf(replica int) *Server {
	return c.Primaries[replica/(len(c.Replicas)/len(c.Primaries))]
}

// form makes one cluster of the nodes.
func (c *Cluster) form(ctx context.Context) error {
	for i, s := range c.Primaries {
		if err := c.assign(ctx, i, s); err != nil {
			return fmt.Errorf("%s: %w", s.Addr(), err)
		}
	}
	for _, s := range c.nodes() {
		for _, other := range c.nodes() {
			if other == s {
				continue
			}
			if err := s.client.ClusterMeet(ctx, "127.0.0.1", fmt.Sprint(other.port)).Err(); err != nil {
				return fmt.Errorf("%s: %w", s.Addr(), err)
			}
		}
	}
	for i, s := range c.Replicas {
		id, err := c.primaryOf(i).client.ClusterMyID(ctx).Result()
		if err != nil {
			return err
		}
		// Refused until the replica has heard of its primary.
		follow := func() error { return s.client.ClusterReplicate(ctx, id).Err() }
		if err := poll(clusterTimeout, follow); err != nil {
			return fmt.Errorf("%s: %w", s.Addr(), err)
		}
	}
	return poll(clusterTimeout, func() error { return c.settled(ctx) })
}

// assign gives a primary its slots, and an epoch of its own so that no two
// primaries have to settle that between them.
func (c *Cluster) assign(ctx context.Context, i int, s *Server) error {
	first, next := i*slotCount/len(c.Primaries), (i+1)*slotCount/len(c.Primaries)
	if err := s.client.Do(ctx, "cluster", "set-config-epoch", i+1).Err(); err != nil {
		return err
	}
	return s.client.ClusterAddSlotsRange(ctx, first, next-1).Err()
}

// settled returns nil when every node sees the whole cluster.
func (c *Cluster) settled(ctx context.Context) error {
	for _, s := range c.nodes() {
		if err := c.sees(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.Addr(), err)
		}
	}
	for _, s := range c.Replicas {
		if err := follows(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.Addr(), err)
		}
	}
	return nil
}

func (c *Cluster) sees(ctx context.Context, s *Server) error {
	info, err := s.client.ClusterInfo(ctx).Result()
	if err != nil {
		return err
	}
	if !strings.Contains(info, "cluster_state:ok") {
		return errors.New("the cluster is not ok")
	}
	// Not CLUSTER SHARDS, which Redis 6.2 lacks.
	slots, err := s.client.Do(ctx, "cluster", "slots").Slice()
	if err != nil {
		return err
	}
	nodes := 0
	for _, r := range slots {
		if fields, ok := r.([]any); ok {
			nodes += len(fields) - 2 // the first and the last slot
		}
	}
	if len(slots) != len(c.Primaries) || nodes != len(c.nodes()) {
		return fmt.Errorf("it sees %d ranges of slots and %d nodes", len(slots), nodes)
	}
	return nil
}

// follows returns nil when the server is a replica in touch with its primary.
func follows(ctx context.Context, s *Server) error {
	info, err := s.client.Info(ctx, "replication").Result()
	if err != nil {
		return err
	}
	if !strings.Contains(info, "master_link_status:up") {
		return errors.New("it does not follow its primary yet")
	}
	return nil
}
