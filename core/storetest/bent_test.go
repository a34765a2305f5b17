package storetest

import (
	"context"
	"sync"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
)

// A wrong is a way to break the contract: what is not nil replaces a method of a store that keeps it.
type wrong struct {
	name   string
	breaks []string // the rules that must notice

	place                                 func() string
	create, save, renew, refresh, destroy func(call) error
	load                                  func(call) (*core.Record, error)
	every                                 func(*call) error // comes before all calls: changes or refuses them
}

// A bent store is a memstore with something wrong.
type bent struct {
	memstore.Store
	wrong
	memory sync.Map
}

// A call is one call on a bent store. Its methods do what would be right.
type call struct {
	right    *memstore.Store
	memory   *sync.Map
	ctx      context.Context
	id, next core.ID
	nonce    string
	d        core.Delta
}

func (c call) create() error               { return c.right.Create(c.ctx, c.id, c.nonce, c.d) }
func (c call) load() (*core.Record, error) { return c.right.Load(c.ctx, c.id) }
func (c call) save() error                 { return c.right.Save(c.ctx, c.id, c.d) }
func (c call) renew() error                { return c.right.Renew(c.ctx, c.id, c.next, c.d) }
func (c call) refresh() error              { return c.right.Refresh(c.ctx, c.id, c.d.Lifetimes) }
func (c call) destroy() error              { return c.right.Destroy(c.ctx, c.id) }

// at is the call with another id.
func (c call) at(id core.ID) call { c.id = id; return c }

// with is the call with another delta.
func (c call) with(d core.Delta) call {
	if d.Lifetimes == (core.Lifetimes{}) {
		d.Lifetimes = c.d.Lifetimes
	}
	c.d = d
	return c
}

// latest is the call with the id that the session has by now, as far as a memory of its renewals goes.
func (c call) latest() call {
	for {
		next, ok := c.memory.Load(c.id)
		if !ok {
			return c
		}
		c.id = next.(core.ID)
	}
}

// pause is the time that passes between two commands of a store on a network.
func pause() { time.Sleep(200 * time.Microsecond) }

func (b *bent) do(wrong, right func(call) error, c call) error {
	c.right, c.memory = &b.Store, &b.memory
	if b.every != nil {
		if err := b.every(&c); err != nil {
			return err
		}
	}
	if wrong != nil {
		return wrong(c)
	}
	return right(c)
}

func (b *bent) NewPlace(ctx context.Context) (string, error) {
	if b.place != nil {
		return b.place(), nil
	}
	return b.Store.NewPlace(ctx)
}

func (b *bent) Create(ctx context.Context, id core.ID, nonce string, d core.Delta) error {
	return b.do(b.create, call.create, call{ctx: ctx, id: id, nonce: nonce, d: d})
}

func (b *bent) Load(ctx context.Context, id core.ID) (r *core.Record, err error) {
	load := call.load
	if b.load != nil {
		load = b.load
	}
	err = b.do(nil, func(c call) (err error) { r, err = load(c); return err }, call{ctx: ctx, id: id})
	return r, err
}

func (b *bent) Save(ctx context.Context, id core.ID, d core.Delta) error {
	return b.do(b.save, call.save, call{ctx: ctx, id: id, d: d})
}

func (b *bent) Renew(ctx context.Context, id, next core.ID, d core.Delta) error {
	return b.do(b.renew, call.renew, call{ctx: ctx, id: id, next: next, d: d})
}

func (b *bent) Refresh(ctx context.Context, id core.ID, l core.Lifetimes) error {
	return b.do(b.refresh, call.refresh, call{ctx: ctx, id: id, d: core.Delta{Lifetimes: l}})
}

func (b *bent) Destroy(ctx context.Context, id core.ID) error {
	return b.do(b.destroy, call.destroy, call{ctx: ctx, id: id})
}
