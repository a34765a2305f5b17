package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// A redisInfo is what a Redis server says of itself (INFO). Figures of several servers add up.
type redisInfo struct {
	cpu      time.Duration
	reads    int64            // of a connection: each takes in a whole flush of a client
	commands map[string]int64 // sent by clients or run by scripts
}

// look asks the servers.
func look(ctx context.Context, dbs []*redis.Client) (sum redisInfo, err error) {
	sum.commands = make(map[string]int64)
	for _, db := range dbs {
		text, err := db.Info(ctx, "everything").Result()
		if err != nil {
			return sum, err
		}
		if err := sum.add(text); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

func (r *redisInfo) add(text string) error {
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		var err error
		switch command, isCommand := strings.CutPrefix(name, "cmdstat_"); {
		case name == "used_cpu_sys" || name == "used_cpu_user":
			var seconds float64
			seconds, err = strconv.ParseFloat(value, 64)
			r.cpu += time.Duration(seconds * float64(time.Second))
		case name == "total_reads_processed":
			err = accumulate(&r.reads, value)
		case isCommand:
			var calls int64
			count, _, _ := strings.Cut(strings.TrimPrefix(value, "calls="), ",")
			err = accumulate(&calls, count)
			r.commands[command] += calls
		}
		if err != nil {
			return fmt.Errorf("redis: INFO: line %q: %w", line, err)
		}
	}
	return nil
}

func accumulate(sum *int64, text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	*sum += n
	return err
}

// since returns what changed, with the commands that ran.
func (r redisInfo) since(before redisInfo) redisInfo {
	d := redisInfo{cpu: r.cpu - before.cpu, reads: r.reads - before.reads, commands: make(map[string]int64)}
	for name, n := range r.commands {
		if n -= before.commands[name]; n != 0 {
			d.commands[name] = n
		}
	}
	return d
}
