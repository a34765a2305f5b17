package main

import (
	"fmt"
	"io"
	"regexp"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// A cell is a workload at a number of connections, and what was measured of it.
type cell struct {
	workload
	conns    int
	subjects []string            // without the floor that the ratios refer to
	figures  map[string][]figure // by subject, the floor too; one for each round, of the floor several
}

func (c *cell) String() string { return cellName(c.workload, c.conns) }

// cellsOf returns what the options ask for.
func cellsOf(only *regexp.Regexp) (cells []*cell) {
	for _, w := range workloads {
		for _, conns := range w.conns {
			c := &cell{workload: w, conns: conns, subjects: matching(only, w, conns), figures: make(map[string][]figure)}
			if len(c.subjects) > 0 {
				cells = append(cells, c)
			}
		}
	}
	return cells
}

// spread returns what the rounds say of one of a subject's figures.
func (c *cell) spread(subject string, of func(figure) float64) report.Spread {
	var values []float64
	for _, f := range c.figures[subject] {
		values = append(values, of(f))
	}
	return report.SpreadOf(values)
}

func ratioOf(f figure) float64   { return f.ratio }
func valueOf(f figure) float64   { return f.value }
func p99Of(f figure) float64     { return f.p99 }
func cpuOf(f figure) float64     { return f.cpuRatio }
func foreignOf(f figure) float64 { return f.foreign }
func clientOf(f figure) float64  { return f.clientCPU }

// show prints what was measured so far.
func (c *cell) show(out io.Writer) {
	unit := "/s"
	if c.rate > 0 {
		unit = " µs"
	}
	fmt.Fprintf(out, "%s, ratio to %q\n", c, c.floor)
	for _, name := range append([]string{c.floor}, c.subjects...) {
		r := c.spread(name, ratioOf)
		fmt.Fprintf(out, "  %-34s %5.2f (%.2f to %.2f) %8.0f%s, CPU %.2f, client %.1f µs, others %.0f %%",
			name, r.Median, r.Least, r.Most,
			c.spread(name, valueOf).Median, unit, c.spread(name, cpuOf).Median, c.spread(name, clientOf).Median, 100*c.spread(name, foreignOf).Median)
		if c.rate > 0 {
			fmt.Fprintf(out, ", p99 %.0f µs", c.spread(name, p99Of).Median)
		}
		fmt.Fprintln(out)
	}
}
