package main

import (
	"fmt"
	"io"
	"math/rand/v2"
)

// floorEvery is how many slices lie between two of the floor.
const floorEvery = 2

// A figure is what one round says of a subject.
type figure struct {
	perSecond float64
	ratio     float64 // of its throughput to the neighbouring floors'
	cpu       float64 // of server and Redis per request, as a ratio to the same floors'
}

// A cell is a workload at a number of connections.
type cell struct {
	workload
	conns    int
	subjects []string
	figures  map[string][]figure // by subject, one for each round
	client   []float64           // microseconds of the load's processor time per request, in each slice
}

// round runs every subject of the cell once, in an order drawn by lot, with the floor before, between and behind them.
func (l *lab) round(c *cell, o options) error {
	order := make([]string, len(c.subjects))
	for i, j := range rand.Perm(len(order)) {
		order[i] = c.subjects[j]
	}
	var slices []slice
	for _, name := range withFloors(order, c.floor) {
		s, err := l.run(name, c.workload, c.conns, o)
		if err != nil {
			return err
		}
		slices = append(slices, s)
		c.client = append(c.client, float64(s.clientCPU.Nanoseconds())/1000)
	}
	for name, f := range against(slices, c.floor) {
		c.figures[name] = append(c.figures[name], f)
	}
	return nil
}

// withFloors puts the floor at both ends and after every floorEvery-th name.
func withFloors(names []string, floor string) []string {
	var all []string
	for i, name := range names {
		if i%floorEvery == 0 {
			all = append(all, floor)
		}
		all = append(all, name)
	}
	return append(all, floor)
}

// against holds each slice against the mean of the floor's last slice before it and first behind it. The floor itself is held
// against its own two neighbours, which shows what the method cannot tell apart; its figure is that of the middle one.
func against(slices []slice, floor string) map[string]figure {
	figures := make(map[string]figure)
	for i, s := range slices {
		before, okBefore := nearest(slices, floor, i, -1)
		after, okAfter := nearest(slices, floor, i, 1)
		if !okBefore || !okAfter {
			continue
		}
		perSecond := (before.perSecond + after.perSecond) / 2
		cpu := float64(before.cpu+after.cpu) / 2
		figures[s.subject] = figure{s.perSecond, s.perSecond / perSecond, float64(s.cpu) / cpu}
	}
	if _, ok := figures[floor]; !ok && len(slices) > 0 {
		figures[floor] = figure{slices[0].perSecond, 1, 1}
	}
	return figures
}

// nearest returns the next slice of the floor in the direction.
func nearest(slices []slice, floor string, i, direction int) (slice, bool) {
	for i += direction; i >= 0 && i < len(slices); i += direction {
		if slices[i].subject == floor {
			return slices[i], true
		}
	}
	return slice{}, false
}

// show prints what a cell says so far.
func (c *cell) show(out io.Writer) {
	fmt.Fprintf(out, "%s at %d connections, ratio to %q (client %.1f µs/request)\n", c.name, c.conns, c.floor, spreadOf(c.client).median)
	for _, name := range append([]string{c.floor}, c.subjects...) {
		ratio, perSecond, cpu := c.spreads(name)
		fmt.Fprintf(out, "  %-34s %5.2f (%.2f to %.2f)  %8.0f/s  CPU %.2f\n", name, ratio.median, ratio.least, ratio.most, perSecond.median, cpu.median)
	}
}

// spreads returns the subject's ratio, throughput and relative CPU over the rounds.
func (c *cell) spreads(name string) (ratio, perSecond, cpu spread) {
	var r, p, u []float64
	for _, f := range c.figures[name] {
		r, p, u = append(r, f.ratio), append(p, f.perSecond), append(u, f.cpu)
	}
	return spreadOf(r), spreadOf(p), spreadOf(u)
}
