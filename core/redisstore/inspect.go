package redisstore

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// inspect looks for settings of the shard's servers that will log users out one
// day, and keeps the warnings. A server that does not let us look gets none.
func (c *conn) inspect(ctx context.Context, waitReplicas int) []string {
	forgets := waitReplicas == 0 && c.single != nil && c.single.primary.sentinel
	var mu sync.Mutex
	var warnings []string
	look := func(ctx context.Context, server redis.Cmdable) error {
		found := inspectServer(ctx, server, forgets)
		mu.Lock()
		defer mu.Unlock()
		warnings = append(warnings, found...)
		return nil
	}
	if cluster, ok := c.client.(*redis.ClusterClient); ok {
		_ = cluster.ForEachMaster(ctx, func(ctx context.Context, server *redis.Client) error {
			return look(ctx, server)
		})
	} else {
		_ = look(ctx, c.client)
	}
	c.warnings.Store(&warnings)
	return warnings
}

// inspectServer looks at one server. It forgets if a failover by Sentinel may
// lose logouts.
func inspectServer(ctx context.Context, server redis.Cmdable, forgets bool) (warnings []string) {
	info := make(map[string]string)
	for _, section := range []string{"server", "memory", "persistence", "replication"} {
		if found, err := infoOf(ctx, server, section); err == nil {
			maps.Copy(info, found)
		}
	}
	warn := func(format string, args ...any) {
		warnings = append(warnings,
			"server at port "+info["tcp_port"]+": "+fmt.Sprintf(format, args...))
	}
	if version := info["redis_version"]; version != "" && olderThan62(version) {
		warn("version %s is older than 6.2, which this store needs", version)
	}
	policy := info["maxmemory_policy"]
	if info["maxmemory"] != "0" && policy != "" && policy != "noeviction" {
		warn("maxmemory-policy is %s, which logs users out when memory runs short: set noeviction",
			policy)
	}
	if info["role"] == "slave" {
		warn("it is a replica, which refuses to store anything: " +
			"list its primary, or use a Sentinel client")
	}
	if info["role"] == "master" && info["connected_slaves"] == "0" &&
		info["aof_enabled"] == "0" && !savesSnapshots(ctx, server) {
		warn("it has neither persistence nor a replica: a restart logs everybody out")
	}
	// The field is there with min-replicas-to-write.
	if forgets && info["min_slaves_good_slaves"] == "" {
		warn("Sentinel may put a replica in its place that lacks the last logouts, " +
			"and their sessions live again: " +
			"set WaitReplicas: 1, or min-replicas-to-write to the number of its replicas")
	}
	return warnings
}

// savesSnapshots gives a server that does not tell the benefit of the doubt.
func savesSnapshots(ctx context.Context, server redis.Cmdable) bool {
	config, err := server.ConfigGet(ctx, "save").Result()
	return err != nil || config["save"] != ""
}

func olderThan62(version string) bool {
	majorText, rest, _ := strings.Cut(version, ".")
	minorText, _, _ := strings.Cut(rest, ".")
	major, err1 := strconv.Atoi(majorText)
	minor, err2 := strconv.Atoi(minorText)
	return err1 == nil && err2 == nil && (major < 6 || major == 6 && minor < 2)
}
