package main

import "fmt"

func (p *report) cell(c *cell) {
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
	if c.rate > 0 {
		p.line("%d requests a second were due, at even distances. Latency counts from the moment that a request was due.\n", c.rate)
		p.line("| subject | p50 to the floor's | spread | p50 | p99 |")
	} else {
		p.line("| subject | throughput to the floor's | spread | requests/s | CPU of server and Redis to the floor's |")
	}
	p.line("|---|---|---|---|---|")
	for _, name := range c.ranked() {
		s, _ := find(name)
		ratio := c.spread(name, ratioOf)
		p.line("| %s | %.2f | %.2f to %.2f | %s |", label(s, c.workload), ratio.median, ratio.least, ratio.most, p.rest(c, name))
	}
	p.line("")
}

func (p *report) rest(c *cell, name string) string {
	value := c.spread(name, valueOf).median
	if c.rate > 0 {
		return fmt.Sprintf("%.0f µs | %.0f µs", value, c.spread(name, p99Of).median)
	}
	return fmt.Sprintf("%.0f | %.2f", value, c.spread(name, cpuOf).median)
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

func (p *report) counts() {
	if len(p.results.costs) == 0 {
		return
	}
	p.line("### Commands and allocations of one request\n")
	p.line("Counted at one connection: flushes are reads of the Redis server from its connections. Allocations are those of the " +
		"whole process for a request that is served in it, with request and ResponseWriter used again.\n")
	p.line("| workload | subject | flushes | commands | allocations | bytes |")
	p.line("|---|---|---|---|---|---|")
	for _, w := range workloads {
		for _, s := range subjects {
			if c, ok := p.results.costs[s.name][w.name]; ok {
				p.line("| %s | %s | %s | %s | %.0f | %.0f |",
					w.name, label(s, w), number(c.flushes), c.list(), c.allocs, c.bytes)
			}
		}
	}
	p.line("")
}

func (p *report) memory() {
	if len(p.results.memory) == 0 {
		return
	}
	p.line("### Memory of a session\n")
	p.line("What Redis says (MEMORY USAGE) of the keys of %d sessions, divided by their number. Each has an e-mail "+
		"address, a token, and a struct of 200 bytes.\n",
		p.options.sessions)
	p.line("| subject | bytes |")
	p.line("|---|---|")
	for _, s := range subjects {
		if bytes, ok := p.results.memory[s.name]; ok && len(s.only) == 0 {
			p.line("| %s | %.0f |", s.title(), bytes)
		}
	}
	p.line("")
}
