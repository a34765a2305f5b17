package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if isChild() {
		child()
		return
	}
	o, err := parseOptions(os.Args[1:])
	if err != nil {
		os.Exit(2)
	}
	h := new(host)
	err = measure(newLab(h), o, cellsOf(o), os.Stdout)
	h.end()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sessionbench:", err)
		os.Exit(1)
	}
}

// measure runs every cell once per round, so that a disturbance of some seconds falls on one round of each.
func measure(l *lab, o options, cells []*cell, out io.Writer) error {
	for range o.rounds {
		for _, c := range cells {
			if err := l.round(c, o); err != nil {
				return err
			}
		}
	}
	for _, c := range cells {
		c.show(out)
	}
	return nil
}

func cellsOf(o options) (cells []*cell) {
	for _, w := range workloads {
		for _, conns := range w.conns {
			c := &cell{workload: w, conns: conns, figures: make(map[string][]figure)}
			for _, s := range matching(o.only, w, conns, w.floor) {
				c.subjects = append(c.subjects, s.name)
			}
			if len(c.subjects) > 0 {
				cells = append(cells, c)
			}
		}
	}
	return cells
}
