package main

import (
	"fmt"

	"github.com/ringsession/ringsession/internal/lab/report"
)

func (p *section) cell(c *cell) {
	connections := "connections"
	if c.conns == 1 {
		connections = "connection"
	}
	where := ""
	if c.roundTrip > 0 {
		where = fmt.Sprintf(", Redis %v away", c.roundTrip)
	}
	p.line("### %s, %d %s%s\n", c.name, c.conns, connections, where)
	p.line("Each request %s.\n", c.about)
	p.line("![%s: ratio to the floor](%s/%s)\n", c, p.plots, plotName(c))
	head := []string{"subject", "throughput to the floor's", "spread", "requests/s", "CPU of server and Redis to the floor's"}
	if c.rate > 0 {
		p.line("%d requests a second were due, at even distances. Latency counts from the moment that a request was due.\n", c.rate)
		head = []string{"subject", "p50 to the floor's", "spread", "p50", "p99"}
	}
	var rows [][]string
	for _, name := range c.ranked() {
		s, _ := find(name)
		ratio := c.spread(name, ratioOf)
		value, last := fmt.Sprintf("%.0f", c.spread(name, valueOf).Median), fmt.Sprintf("%.2f", c.spread(name, cpuOf).Median)
		if c.rate > 0 {
			value, last = value+" µs", fmt.Sprintf("%.0f µs", c.spread(name, p99Of).Median)
		}
		rows = append(rows, []string{label(s, c.workload), fmt.Sprintf("%.2f", ratio.Median),
			fmt.Sprintf("%.2f to %.2f", ratio.Least, ratio.Most), value, last})
	}
	p.table(head, rows)
}

// label is the subject's title, with what must be known to compare it.
func label(s subject, w workload) string {
	text := s.title()
	if w.path == "/read" && !w.offline && s.kind == other && !s.slides {
		text += " (life not extended)"
	}
	if s.kind == our {
		return "**" + text + "**"
	}
	return text
}

func (p *section) counts() {
	if len(p.results.costs) == 0 {
		return
	}
	p.line("### Commands and allocations of one request\n")
	p.line("Counted at one connection: flushes are reads of the Redis server from its connections. Allocations are those of the " +
		"whole process for a request that is served in it, with request and ResponseWriter used again.\n")
	var rows [][]string
	for _, w := range workloads {
		for _, s := range subjects {
			if c, ok := p.results.costs[s.name][w.name]; ok && w.roundTrip == 0 {
				rows = append(rows, []string{w.name, label(s, w), report.Number(c.flushes), c.list(),
					fmt.Sprintf("%.0f", c.allocs), fmt.Sprintf("%.0f", c.bytes)})
			}
		}
	}
	p.table([]string{"workload", "subject", "flushes", "commands", "allocations", "bytes"}, rows)
}

func (p *section) memory() {
	if len(p.results.memory) == 0 {
		return
	}
	p.line("### Memory of a session\n")
	p.line("What Redis says (MEMORY USAGE) of the keys of %d sessions, divided by their number. Each has an e-mail "+
		"address, a token, and a struct of 200 bytes.\n",
		p.options.sessions)
	var rows [][]string
	for _, s := range subjects {
		if bytes, ok := p.results.memory[s.name]; ok && len(s.only) == 0 {
			rows = append(rows, []string{s.title(), fmt.Sprintf("%.0f", bytes)})
		}
	}
	p.table([]string{"subject", "bytes"}, rows)
}
