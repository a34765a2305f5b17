package main

import (
	"fmt"
	"math/rand/v2"
)

// floorEvery is how many slices lie between two of the floor.
const floorEvery = 2

// A figure is what one round says of a subject.
type figure struct {
	slice
	ratio    float64 // of the slice's value to the neighbouring floors'
	cpuRatio float64 // of its processor time to theirs
	p99Ratio float64 // of its p99 to theirs
}

// round runs every subject of the cell once, in an order drawn by lot, with the floor before, between and behind them.
func (l *lab) round(c *cell, o options) error {
	order := make([]string, len(c.subjects))
	for i, j := range rand.Perm(len(order)) {
		order[i] = c.subjects[j]
	}
	var slices []slice
	for _, name := range withFloors(order, c.floor) {
		s, err := l.calm(name, c, o)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", c, name, err)
		}
		slices = append(slices, s)
	}
	for _, f := range against(slices, c.floor) {
		c.figures[f.subject] = append(c.figures[f.subject], f)
	}
	return nil
}

// calm measures a slice up to three times if other programs take more of the machine than the options allow, and returns the
// one with the least of that.
func (l *lab) calm(name string, c *cell, o options) (calmest slice, err error) {
	for i := range 3 {
		s, err := l.run(name, c, o)
		if err != nil {
			return s, err
		}
		if i == 0 || s.foreign < calmest.foreign {
			calmest = s
		}
		if calmest.foreign <= o.foreign {
			break
		}
	}
	return calmest, nil
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

// against holds each slice against the mean of the floor's last slice before it and first behind it. Slices of the floor are
// held against their own neighbours, which shows what the method cannot tell apart; the first and the last have only one.
func against(slices []slice, floor string) (figures []figure) {
	for i, s := range slices {
		before, okBefore := nearest(slices, floor, i, -1)
		after, okAfter := nearest(slices, floor, i, 1)
		switch {
		case !okBefore && !okAfter:
			continue
		case !okBefore:
			before = after
		case !okAfter:
			after = before
		}
		figures = append(figures, figure{
			slice:    s,
			ratio:    2 * s.value / (before.value + after.value),
			cpuRatio: 2 * s.cpu / (before.cpu + after.cpu),
			p99Ratio: 2 * s.p99 / (before.p99 + after.p99),
		})
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
