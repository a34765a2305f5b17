package redistest

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

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
