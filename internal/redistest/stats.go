package redistest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

const commandTimeout = 20 * time.Second

// CommandStats returns how often each command ran since the start or the last
// [Server.ResetStats], by its name in lower case, subcommands as "client|setinfo".
// A command inside a script counts beside the script. Left out are INFO and
// CONFIG, with which this package asks.
func (s *Server) CommandStats(t testing.TB) map[string]int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	info, err := s.client.Info(ctx, "commandstats").Result()
	if err != nil {
		t.Fatalf("redistest: command stats: %v", err)
	}
	stats, err := parseCommandStats(info)
	if err != nil {
		t.Fatalf("redistest: command stats: %v", err)
	}
	return stats
}

// ResetStats sets all counts of [Server.CommandStats] back to 0.
func (s *Server) ResetStats(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	if err := s.client.ConfigResetStat(ctx).Err(); err != nil {
		t.Fatalf("redistest: reset stats: %v", err)
	}
}

func parseCommandStats(info string) (map[string]int64, error) {
	stats := map[string]int64{}
	for line := range strings.Lines(info) {
		entry, ok := strings.CutPrefix(strings.TrimSpace(line), "cmdstat_")
		if !ok {
			continue
		}
		name, rest, _ := strings.Cut(entry, ":")
		if name == "info" || name == "config" || strings.HasPrefix(name, "config|") {
			continue
		}
		calls, _, _ := strings.Cut(strings.TrimPrefix(rest, "calls="), ",")
		n, err := strconv.ParseInt(calls, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("line %q: %w", line, err)
		}
		stats[name] = n
	}
	return stats, nil
}
