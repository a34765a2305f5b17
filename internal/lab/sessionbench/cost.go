package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A cost is what one request of a workload takes, counted and not timed.
type cost struct {
	flushes  float64            // reads of the Redis servers from their connections
	commands map[string]float64 // by name, those inside scripts apart
	allocs   float64            // allocations of the server's process, the client's side left out
	bytes    float64            // allocated with them
}

// costs measures every workload that the subject takes part in, at one connection, where one flush is one read of the server.
func (l *lab) costs(name string, o options) (map[string]cost, error) {
	s, err := l.server(name, 0)
	if err != nil {
		return nil, err
	}
	all := make(map[string]cost)
	for _, w := range workloads {
		if !s.takesPart(w) || w.rate > 0 || w.roundTrip > 0 || !o.only.MatchString("COST/1/"+name) {
			continue
		}
		c, err := l.cost(s, w, o.counted)
		if err != nil {
			return nil, fmt.Errorf("cost of %s: %s: %w", w.name, name, err)
		}
		all[w.name] = c
	}
	return all, nil
}

func (l *lab) cost(s *server, w workload, counted int) (c cost, err error) {
	const warmUp = 20
	requests := max(counted/10, 1)
	if err := l.forget(); err != nil {
		return c, err
	}
	all, err := visit(w, s.addr, 1)
	if err != nil {
		return c, err
	}
	defer leave(all)
	if _, err := drive(all, patience, warmUp); err != nil {
		return c, err
	}
	before, err := look(context.Background(), l.dbs)
	if err != nil {
		return c, err
	}
	if _, err := drive(all, patience, requests); err != nil {
		return c, err
	}
	after, err := look(context.Background(), l.dbs)
	if err != nil {
		return c, err
	}
	used := after.since(before)
	// The second look was one read of each server.
	c.flushes = float64(used.reads-int64(len(l.dbs))) / float64(requests)
	c.commands = sentByClients(used.commands, requests)
	r, err := s.order(fmt.Sprintf("allocs %s %d", w.name, counted))
	c.allocs, c.bytes = r.Allocs, r.Bytes
	return c, err
}

// insideScripts are commands that our scripts run; no subject that runs scripts sends them otherwise.
var insideScripts = []string{"time", "exists", "hget", "hset", "hdel", "hmget", "hkeys", "hlen", "pexpire",
	"zadd", "zrem", "zrevrangebyscore"}

func sentByClients(commands map[string]int64, requests int) map[string]float64 {
	sent := make(map[string]float64)
	for name, n := range commands {
		if name == "info" || commands["evalsha"] > 0 && slices.Contains(insideScripts, name) {
			continue
		}
		if name == "pttl" && commands["evalsha"] > 0 {
			n = commands["hgetall"] // scripts run it too; clients send the two together
		}
		if n > 0 {
			sent[name] = float64(n) / float64(requests)
		}
	}
	return sent
}

// list names the commands, and how many of each if it is not one.
func (c cost) list() string {
	if len(c.commands) == 0 {
		return "none"
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(c.commands)) {
		text := strings.ToUpper(name)
		if n := c.commands[name]; n != 1 {
			text = fmt.Sprintf("%s × %.4g", text, n)
		}
		names = append(names, text)
	}
	return strings.Join(names, ", ")
}

// total is how many commands a request sends.
func (c cost) total() (sum float64) {
	for _, n := range c.commands {
		sum += n
	}
	return sum
}
