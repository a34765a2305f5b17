package main

import (
	"context"
	"fmt"
	"time"
)

// A slice is one subject under load for a short time.
type slice struct {
	subject   string
	perSecond float64
	cpu       time.Duration // of the server and Redis, per request
	clientCPU time.Duration // of the load, per request
}

// run measures one slice: new sessions, a tenth of the time to warm up, then the time that counts.
func (l *lab) run(name string, w workload, conns int, o options) (slice, error) {
	fail := func(err error) (slice, error) {
		return slice{}, fmt.Errorf("%s: %s: %w", cellName(w, conns), name, err)
	}
	if err := l.forget(); err != nil {
		return fail(err)
	}
	s, err := l.server(name)
	if err != nil {
		return fail(err)
	}
	all, err := visit(w, s.addr, conns)
	if err != nil {
		return fail(err)
	}
	defer leave(all)
	if _, err := drive(all, o.slice/10, o.limit); err != nil {
		return fail(err)
	}
	before, err := l.usage(s)
	if err != nil {
		return fail(err)
	}
	did, err := drive(all, o.slice, o.limit)
	if err != nil {
		return fail(err)
	}
	after, err := l.usage(s)
	if err != nil {
		return fail(err)
	}
	n := time.Duration(max(did.requests, 1))
	return slice{name, did.perSecond(), (after.servers - before.servers) / n, (after.client - before.client) / n}, nil
}

// An account is the processor time used so far: by server and Redis, and by this process.
type account struct{ servers, client time.Duration }

func (l *lab) usage(s *server) (a account, err error) {
	info, err := look(context.Background(), l.dbs)
	if err != nil {
		return a, err
	}
	served, err := s.cpu()
	if err != nil {
		return a, err
	}
	a.servers = info.cpu + served
	a.client, err = usage()
	return a, err
}
