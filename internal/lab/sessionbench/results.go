package main

import (
	"context"
	"fmt"
	"io"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// results are what a run measured.
type results struct {
	cells  []*cell
	costs  map[string]map[string]cost // by subject and workload
	memory map[string]float64         // bytes of a session, by subject
}

// measure runs every cell once per round, so that a disturbance of some seconds falls on one round of each.
func (l *lab) measure(o options, progress io.Writer) (*results, error) {
	r := &results{cells: cellsOf(o.only), costs: make(map[string]map[string]cost), memory: make(map[string]float64)}
	if err := l.settle(r.cells, o); err != nil {
		return nil, err
	}
	for i := range o.rounds {
		for _, c := range r.cells {
			if err := l.round(c, o); err != nil {
				return nil, err
			}
		}
		fmt.Fprintf(progress, "round %d of %d\n", i+1, o.rounds)
	}
	if err := l.count(r, o); err != nil {
		return nil, err
	}
	if len(r.cells)+len(r.costs) == 0 {
		return nil, fmt.Errorf("%q finds nothing to measure", o.only)
	}
	return r, nil
}

// settle lowers the rates that the floor cannot hold on this machine.
func (l *lab) settle(cells []*cell, o options) error {
	for _, c := range cells {
		if c.rate == 0 && !c.half || o.limit > 0 {
			continue
		}
		s, err := l.server(c.floor, c.roundTrip)
		if err != nil {
			return err
		}
		all, err := visit(c.workload, s.addr, c.conns)
		if err != nil {
			return err
		}
		if c.half {
			var most load
			most, err = drive(all, 2*o.slice, 0)
			c.rate = int(most.perSecond() / 2)
		} else {
			c.rate, err = holdable(all, c.rate, o.slice)
		}
		leave(all)
		if err != nil {
			return err
		}
	}
	return nil
}

// foreign is what other programs took of the machine, over all slices.
func (r *results) foreign() report.Spread {
	var all []float64
	for _, c := range r.cells {
		for _, figures := range c.figures {
			for _, f := range figures {
				all = append(all, f.foreign)
			}
		}
	}
	return report.SpreadOf(all)
}

// count adds to the results what is counted and not timed.
func (l *lab) count(r *results, o options) error {
	for _, s := range subjects {
		if !o.only.MatchString("COST/1/" + s.name) {
			continue
		}
		costs, err := l.costs(s.name, o)
		if err != nil {
			return err
		}
		r.costs[s.name] = costs
		if s.offline || s.shards > 1 {
			continue
		}
		if r.memory[s.name], err = l.memory(context.Background(), s.name, o.sessions); err != nil {
			return fmt.Errorf("memory: %s: %w", s.name, err)
		}
	}
	return nil
}

// showCosts prints what was counted.
func (r *results) showCosts(out io.Writer) {
	for _, s := range subjects {
		for _, w := range workloads {
			if c, ok := r.costs[s.name][w.name]; ok && w.roundTrip == 0 {
				fmt.Fprintf(out, "%-34s %-10s %.2f flushes, %6.1f allocations, %6.0f bytes, %s\n",
					s.name, w.name, c.flushes, c.allocs, c.bytes, c.list())
			}
		}
		if m, ok := r.memory[s.name]; ok {
			fmt.Fprintf(out, "%-34s %.0f bytes of Redis per session\n", s.name, m)
		}
	}
}
