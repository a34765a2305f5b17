package main

import (
	"fmt"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// A bar is what this library promises of its speed, against the floor of the same run.
type bar struct {
	what      string
	subject   string
	of        metric
	must, aim float64
	atMost    bool // smaller is better
}

// A metric finds its value in the results. It is not ok if that was not measured.
type metric func(r *results, subject string) (value report.Spread, ok bool)

var bars = []bar{
	{what: "READ, 1 connection", subject: "net/http", of: ratio("READ/1"), must: 0.92, aim: 0.97},
	{what: "READ, 4 connections", subject: "net/http", of: ratio("READ/4"), must: 0.92, aim: 1.0},
	{what: "READ, 16 connections", subject: "net/http", of: ratio("READ/16"), must: 1.1, aim: 1.2},
	{what: "READ, 64 connections", subject: "net/http", of: ratio("READ/64"), must: 1.15, aim: 1.35},
	{what: "READ, 256 connections", subject: "net/http", of: ratio("READ/256"), must: 1.35, aim: 1.5},
	{what: "WRITE, 1 connection", subject: "net/http", of: ratio("WRITE/1"), must: 0.88, aim: 0.97},
	{what: "WRITE, 64 connections", subject: "net/http", of: ratio("WRITE/64"), must: 1.2, aim: 1.4},
	{what: "LOGIN, 64 connections", subject: "net/http", of: ratio("LOGIN/64"), must: 1.0, aim: 1.25},
	{what: "READ over 0.5 ms, 1 connection", subject: "net/http", of: ratio("READ/1/500µs"), must: 0.95, aim: 1.05},
	{what: "READ over 0.5 ms, 4 connections", subject: "net/http", of: ratio("READ/4/500µs"), must: 0.95, aim: 1.05},
	{what: "READ over 0.5 ms, 16 connections", subject: "net/http", of: ratio("READ/16/500µs"), must: 0.95, aim: 1.05},
	{what: "READ over 0.5 ms, 64 connections", subject: "net/http", of: ratio("READ/64/500µs"), must: 1.6, aim: 2.0},
	{what: "READ over 0.5 ms, 256 connections", subject: "net/http", of: ratio("READ/256/500µs"), must: 2.1, aim: 2.5},
	{what: "WRITE over 0.5 ms, 16 connections", subject: "net/http", of: ratio("WRITE/16/500µs"), must: 0.95, aim: 1.05},
	{what: "WRITE over 0.5 ms, 64 connections", subject: "net/http", of: ratio("WRITE/64/500µs"), must: 2.0, aim: 2.5},
	{what: "p99 over 0.5 ms at half the floor's capacity", subject: "net/http", of: p99("LATENCY/64/500µs"),
		must: 1.1, aim: 1.0, atMost: true},
	{what: "FORGED, 64 connections, against no Redis", subject: "net/http", of: ratio("FORGED/64"), must: 0.90, aim: 0.97},
	{what: "UNTOUCHED, 64 connections, against no Redis", subject: "net/http", of: ratio("UNTOUCHED/64"), must: 0.90, aim: 0.97},
	{what: "READ in Gin, 64 connections, against the floor of net/http", subject: "Gin", of: ratio("READ/64"), must: 0.95, aim: 1.2},
	{what: "READ in Echo, 64 connections, against the floor of net/http", subject: "Echo", of: ratio("READ/64"), must: 0.95, aim: 1.2},
	{what: "READ in Fiber, 64 connections, against the floor of net/http", subject: "Fiber", of: ratio("READ/64"),
		must: 1.20, aim: 1.6},
	{what: "Processor time of server and Redis, READ, 64 connections", subject: "net/http", of: cpu("READ/64"),
		must: 0.95, aim: 0.80, atMost: true},
	{what: "Median latency at a fixed rate", subject: "net/http", of: ratio("LATENCY/64"), must: 1.25, aim: 1.1, atMost: true},
	{what: "Flushes of a READ", subject: "net/http", of: flushes("READ"), must: 1, aim: 1, atMost: true},
	{what: "Flushes of a WRITE", subject: "net/http", of: flushes("WRITE"), must: 2, aim: 2, atMost: true},
	{what: "Flushes of a BLIND write", subject: "net/http", of: flushes("BLIND"), must: 1, aim: 1, atMost: true},
	{what: "Flushes of a LOGIN", subject: "net/http", of: flushes("LOGIN"), must: 1, aim: 1, atMost: true},
	{what: "Commands of a FORGED request", subject: "net/http", of: commands("FORGED"), must: 0, aim: 0, atMost: true},
	{what: "Commands of an UNTOUCHED request", subject: "net/http", of: commands("UNTOUCHED"), must: 0, aim: 0, atMost: true},
	{what: "Allocations of a READ", subject: "net/http", of: allocations("READ"), must: 28, aim: 20, atMost: true},
	{what: "Allocations of a WRITE", subject: "net/http", of: allocations("WRITE"), must: 40, aim: 28, atMost: true},
	{what: "Allocations of an UNTOUCHED request", subject: "net/http", of: allocations("UNTOUCHED"), must: 6, aim: 4, atMost: true},
}

// verdict says whether the value clears the bar.
func (b bar) verdict(value float64) string {
	clears := func(limit float64) bool {
		if b.atMost {
			return value <= limit
		}
		return value >= limit
	}
	switch {
	case clears(b.aim):
		return "aim met"
	case clears(b.must):
		return "met"
	}
	return "not met"
}

// wants writes what must be and what we aim at.
func (b bar) wants() (must, aim string) {
	sign := "≥"
	if b.atMost {
		sign = "≤"
	}
	return fmt.Sprintf("%s %v", sign, b.must), fmt.Sprintf("%s %v", sign, b.aim)
}
