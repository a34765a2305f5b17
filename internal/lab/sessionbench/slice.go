package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// A slice is one subject under load for a short time.
type slice struct {
	subject   string
	value     float64 // requests a second; with a fixed rate, the median latency in microseconds
	p99       float64 // with a fixed rate, in microseconds
	cpu       float64 // microseconds of server and Redis, per request
	clientCPU float64 // microseconds of the load, per request
	foreign   float64 // part of the machine that other programs took
}

// run measures one slice: new sessions, a tenth of the time to warm up, then the time that counts.
func (l *lab) run(name string, c *cell, o options) (slice, error) {
	s, err := l.server(name, c.roundTrip)
	if err == nil {
		err = l.forget()
	}
	if err != nil {
		return slice{}, err
	}
	conns := c.conns
	if o.conns > 0 {
		conns = min(conns, o.conns)
	}
	all, err := visit(c.workload, s.addr, conns)
	if err != nil {
		return slice{}, err
	}
	defer leave(all)
	if _, err := drive(all, o.slice/10, o.limit); err != nil {
		return slice{}, err
	}
	if o.profile == "" {
		return l.time(s, c, all, o)
	}
	if _, err := s.order("profile " + filepath.Join(o.profile, profileName(c, name))); err != nil {
		return slice{}, err
	}
	measured, err := l.time(s, c, all, o)
	_, stopErr := s.order("unprofile")
	return measured, errors.Join(err, stopErr)
}

var fileName = strings.NewReplacer("/", "-", " ", "-", ",", "", ":", "", "'", "")

func profileName(c *cell, subject string) string {
	return fileName.Replace(fmt.Sprintf("%s %s %d.pprof", c, subject, time.Now().UnixMilli()))
}

// time measures the slice that the visitors make.
func (l *lab) time(s *server, c *cell, all []*visitor, o options) (slice, error) {
	before, err := l.usage(s)
	if err != nil {
		return slice{}, err
	}
	done := answered(all)
	got, err := c.load(all, o)
	if err != nil {
		return slice{}, err
	}
	after, err := l.usage(s)
	n := float64(max(answered(all)-done, 1))
	got.subject = s.name
	got.cpu = float64((after.servers - before.servers).Microseconds()) / n
	got.clientCPU = float64((after.client - before.client).Microseconds()) / n
	got.foreign = after.foreign(before, runtime.NumCPU())
	return got, err
}

// load has the visitors do what the cell is about.
func (c *cell) load(all []*visitor, o options) (slice, error) {
	if c.rate == 0 {
		did, err := drive(all, o.slice, o.limit)
		return slice{value: did.perSecond()}, err
	}
	total := int(2 * o.slice.Seconds() * float64(c.rate)) // twice a slice, for the sake of the 99th percentile
	if o.limit > 0 {
		total = o.limit * len(all)
	}
	pace, err := keep(all, c.rate, total)
	return slice{value: pace.p50, p99: pace.p99}, err
}

func (l *lab) usage(s *server) (a account, err error) {
	info, err := look(context.Background(), l.dbs)
	if err != nil {
		return a, err
	}
	served, err := s.cpu()
	if err != nil {
		return a, err
	}
	client, err := usage()
	return account{time.Now(), info.cpu + served, client, busy()}, err
}
