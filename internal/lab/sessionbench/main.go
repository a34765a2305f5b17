package main

import (
	"context"
	"fmt"
	"os"
	"testing"
)

func main() {
	if isChild() {
		child()
		return
	}
	o, err := parseOptions(os.Args[1:])
	if err != nil {
		os.Exit(2) // package flag has said why
	}
	h := new(host)
	err = measure(h, o)
	h.end()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sessionbench:", err)
		os.Exit(1)
	}
}

func measure(t testing.TB, o options) error {
	l := newLab(t)
	r, err := l.measure(o, os.Stderr)
	if err != nil {
		return err
	}
	for _, c := range r.cells {
		c.show(os.Stdout)
	}
	r.showCosts(os.Stdout)
	if o.page == "" {
		return nil
	}
	return l.write(context.Background(), r, o)
}
