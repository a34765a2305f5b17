package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
)

// machine says what the figures were taken on, and of which commit.
func (l *lab) machine(ctx context.Context) (string, error) {
	info, err := l.dbs[0].InfoMap(ctx, "server").Result()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d cores (GOMAXPROCS %d), %s/%s, %s, Redis %s on loopback TCP, commit %s",
		runtime.NumCPU(), runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH, runtime.Version(), info["Server"]["redis_version"],
		commit()), nil
}

// commit names the commit in the working folder, and says if more than the page of the figures was changed since.
func commit() string {
	head, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	name := strings.TrimSpace(string(head))
	changed, err := exec.Command("git", "status", "--porcelain", "--", ":/", ":!/docs/performance*").Output()
	if err != nil || len(changed) > 0 {
		return name + " with changes"
	}
	return name
}
