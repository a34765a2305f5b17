package main

import (
	"math"

	"github.com/ringsession/ringsession/internal/lab/report"
)

func ratio(cell string) metric { return ofCell(cell, ratioOf) }

func p99(cell string) metric {
	return ofCell(cell, func(f figure) float64 { return f.p99Ratio })
}

func cpu(cell string) metric { return ofCell(cell, cpuOf) }

func ofCell(name string, of func(figure) float64) metric {
	return func(r *results, subject string) (report.Spread, bool) {
		for _, c := range r.cells {
			if c.String() == name && len(c.figures[subject]) > 0 {
				return c.spread(subject, of), true
			}
		}
		return report.Spread{}, false
	}
}

func flushes(workload string) metric {
	return ofCost(workload, func(c cost) float64 { return c.flushes })
}

func commands(workload string) metric { return ofCost(workload, cost.total) }

// allocations are rounded: the garbage collector's own are some hundredths of one per request.
func allocations(workload string) metric {
	return ofCost(workload, func(c cost) float64 { return math.Round(c.allocs) })
}

func ofCost(workload string, of func(cost) float64) metric {
	return func(r *results, subject string) (report.Spread, bool) {
		c, ok := r.costs[subject][workload]
		value := of(c)
		return report.SpreadOf([]float64{value}), ok
	}
}

// best returns the best figure of the other libraries in the subject's framework, and whose it is.
func (r *results) best(b bar) (name string, value report.Spread, ok bool) {
	mine, _ := find(b.subject)
	for _, s := range subjects {
		if s.kind != other || s.framework != mine.framework {
			continue
		}
		v, measured := b.of(r, s.name)
		if measured && (!ok || v.Median > value.Median != b.atMost) {
			name, value, ok = s.name, v, true
		}
	}
	return name, value, ok
}
