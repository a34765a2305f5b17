package faults

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ringsession/ringsession/internal/redistest"
)

// configEpoch finds the field in a map or in a list.
var configEpoch = regexp.MustCompile(`config-epoch[: ](\d+)`)

// epoch counts the failovers that Sentinel or the Cluster began. On a machine that stands still for a second there are more than
// ours, with losses of which the lab does not know.
func (l *lab) epoch() (count int) {
	ctx := context.Background()
	if l.pair != nil {
		about, err := l.pair.Watcher.Client().Do(ctx, "sentinel", "master", redistest.MasterName).Result()
		must(l, "sentinel master", err)
		if found := configEpoch.FindStringSubmatch(fmt.Sprint(about)); found != nil {
			count, _ = strconv.Atoi(found[1])
		}
	}
	if l.cluster != nil {
		info, err := l.cluster.Primaries[0].Client().ClusterInfo(ctx).Result()
		must(l, "cluster info", err)
		for line := range strings.Lines(info) {
			if text, ok := strings.CutPrefix(strings.TrimSpace(line), "cluster_current_epoch:"); ok {
				count, _ = strconv.Atoi(text)
			}
		}
	}
	return count
}
