package faults

import (
	"context"
	"strconv"
	"sync"
)

// A register keeps contexts by a name each.
type register struct {
	mu   sync.Mutex
	last int
	by   map[string]context.Context
}

func newRegister() *register { return &register{by: make(map[string]context.Context)} }

func (r *register) put(ctx context.Context) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	name := strconv.Itoa(r.last)
	r.by[name] = ctx
	return name
}

func (r *register) take(name string) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	ctx := r.by[name]
	delete(r.by, name)
	return ctx
}
