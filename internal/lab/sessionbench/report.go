package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// A section is the part of the page that a run writes.
type section struct {
	results *results
	options options
	machine string
	plots   string // folder of the plots, as the page links to it
	strings.Builder
}

// write replaces the part of the page and the plots beside it.
func (l *lab) write(ctx context.Context, r *results, o options) error {
	machine, err := l.machine(ctx)
	if err != nil {
		return err
	}
	folder := strings.TrimSuffix(o.page, filepath.Ext(o.page))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, c := range r.cells {
		if err := os.WriteFile(filepath.Join(folder, plotName(c)), []byte(c.plot()), 0o644); err != nil {
			return err
		}
	}
	page := &section{results: r, options: o, machine: machine, plots: filepath.Base(folder)}
	return report.Write(o.page, "sessions", func(string) string { return page.text() })
}

func plotName(c *cell) string {
	return "sessions-" + strings.NewReplacer("/", "-", "µ", "u").Replace(strings.ToLower(c.String())) + ".svg"
}

func (p *section) text() string {
	p.method()
	p.bars()
	for _, c := range p.results.cells {
		p.cell(c)
	}
	p.counts()
	p.memory()
	return p.String()
}

func (p *section) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *section) method() {
	p.line("## Sessions\n")
	p.line("Measured on %s.\n", p.machine)
	p.line("%s\n", strings.ReplaceAll(strings.TrimSpace(methodText), "\n", " "))
	others := p.results.foreign()
	p.line("%d rounds, slices of %v. In the median slice other programs took %.0f %% of the machine, in the worst %.0f %%; a slice with "+
		"more than %.0f %% was repeated, twice at most. `make bench` measures anew.\n",
		p.options.rounds, p.options.slice, 100*others.Median, 100*others.Most, 100*p.options.foreign)
}

const methodText = `
Every subject serves the same pages from a process of its own, and all use the same Redis server. The client is another
process; it keeps one connection and one session for each of its visitors, and checks status and values of every answer: one
wrong answer fails the run. In every round every subject runs for a short slice, in an order drawn by lot. The floor, a bare
handler of net/http with one GET of a pooled go-redis client (GET and SET for a WRITE, SET for a LOGIN, nothing for FORGED and
UNTOUCHED), runs before, between and behind them. A subject's ratio is its throughput over the mean of the floor's slices next
to it, and what is given is the median over the rounds, with the least and the greatest. The floor's own row is held against
its neighbours in the same way: its spread is what the method cannot tell apart. Client, server and Redis share the cores.
Other libraries are set up as their READMEs say. A READ extends the session's life with scs if it has an IdleTimeout, with the
others if the page saves the session as well: these are the rows with "IdleTimeout" and "saved"; those without do less. This
library extends it when a tenth of the idle time has passed since the last time, which within a slice it has not. Redigo's pools
keep 256 idle connections, not 10, and send a PING before each use, as redistore sets them up. Logs are discarded. "PlainPool" is
this library with that option, "3 shards" with three Redis servers.`

func (p *section) bars() {
	p.line("### Bars\n")
	var rows [][]string
	for _, b := range bars {
		must, aim := b.wants()
		v, ok := b.of(p.results, b.subject)
		if !ok {
			rows = append(rows, []string{b.what, must, aim, "", "", "not measured", ""})
			continue
		}
		rival := ""
		if name, value, ok := p.results.best(b); ok {
			rival = fmt.Sprintf("%s (%s)", report.Number(value.Median), name)
		}
		rows = append(rows, []string{b.what, must, aim, report.Number(v.Median), between(v), b.verdict(v.Median), rival})
	}
	p.table([]string{"what", "must", "aim", "measured", "spread", "verdict", "best other library"}, rows)
}

func (p *section) table(head []string, rows [][]string) { p.line("%s", report.Table(head, rows)) }

func between(s report.Spread) string {
	if s.Least == s.Most {
		return ""
	}
	return fmt.Sprintf("%s to %s", report.Number(s.Least), report.Number(s.Most))
}

// ranked returns the subjects of the cell and its floor, the best first.
func (c *cell) ranked() []string {
	names := append([]string{c.floor}, c.subjects...)
	slices.SortStableFunc(names, func(a, b string) int {
		order := cmp.Compare(c.spread(b, ratioOf).Median, c.spread(a, ratioOf).Median)
		if c.rate > 0 {
			return -order
		}
		return order
	})
	return names
}
