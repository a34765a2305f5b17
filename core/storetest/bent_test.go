package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
)

// A wrong is a way to break the contract: what is not nil replaces a method of a
// store that keeps it.
type wrong struct {
	name   string
	breaks []string // the rules that must notice

	place                                 func() string
	create, save, renew, refresh, destroy func(call) error
	load                                  func(call) (*store.Record, error)
	list                                  func(call) (store.Page, error)
	end                                   func(call) (int, error)
	// every comes before all calls: it changes or refuses them.
	every func(*call) error
}

// A bent store is a memstore with something wrong. It can forget a place, which
// a memstore cannot: it keeps a place under another name each time.
type bent struct {
	memstore.Store
	wrong
	memory sync.Map
	times  sync.Map // how often each place was forgotten
	ids    sync.Map // the latest ID at each place
	owners sync.Map // everybody who logged in
}

// A call is one call on a bent store. Its methods do what would be right.
type call struct {
	bent   *bent
	memory *sync.Map
	ctx    context.Context
	id     store.ID
	next   string
	d      store.Delta
	within time.Duration
	user   *string // what a destroy returns
	owner  store.Owner
	query  store.Query
	ending store.Ending
}

func (c call) load() (*store.Record, error) { return c.bent.Store.Load(c.ctx, c.kept()) }
func (c call) save() error                  { return c.bent.Store.Save(c.ctx, c.kept(), c.d) }
func (c call) refresh() error               { return c.bent.Store.Refresh(c.ctx, c.kept()) }
func (c call) create() error {
	return c.note(c.id, c.bent.Store.Create(c.ctx, c.kept(), c.d))
}

func (c call) renew() error {
	return c.note(c.renewedID(), c.bent.Store.Renew(c.ctx, c.kept(), c.next, c.d))
}

// note remembers the ID of a session, and who logged in to it.
func (c call) note(id store.ID, err error) error {
	if err == nil {
		c.bent.ids.Store(id.Place, id)
		c.bent.owners.Store(store.Owner{User: c.d.Login.User}, true)
		c.bent.owners.Store(store.Owner{External: c.d.Login.External}, true)
	}
	return err
}

// atPlace is the call with the latest ID at the place.
func (c call) atPlace(place string) call {
	if id, ok := c.bent.ids.Load(place); ok {
		c.id = id.(store.ID)
	}
	return c
}

func (c call) destroy() (err error) {
	*c.user, err = c.bent.Store.Destroy(c.ctx, c.kept(), c.within)
	return err
}

func (c call) list() (store.Page, error) {
	page, err := c.bent.Store.List(c.ctx, c.owner, c.query)
	page.Sessions = slices.DeleteFunc(page.Sessions, func(l store.Listed) bool {
		return c.bent.keptAt(original(l.Place)) != l.Place // it was forgotten
	})
	for i := range page.Sessions {
		page.Sessions[i].Place = original(page.Sessions[i].Place)
	}
	return page, err
}

func (c call) end() (int, error) {
	for _, place := range []*string{&c.ending.Only, &c.ending.Except} {
		if *place != "" {
			*place = c.bent.keptAt(*place)
		}
	}
	return c.bent.Store.End(c.ctx, c.owner, c.ending)
}

// kept is the ID under which the memstore has the session.
func (c call) kept() store.ID {
	return store.ID{Place: c.bent.keptAt(c.id.Place), Fingerprint: c.id.Fingerprint}
}

func (b *bent) keptAt(place string) string {
	n := int64(0)
	if times, ok := b.times.Load(place); ok {
		n = times.(*atomic.Int64).Load()
	}
	return fmt.Sprintf("%s#%d", place, n)
}

// original is the place that is kept under the name.
func original(kept string) string {
	place, _, _ := strings.Cut(kept, "#")
	return place
}

// forget takes away what is at the place, and nothing remembers it.
func (c call) forget() {
	times, _ := c.bent.times.LoadOrStore(c.id.Place, new(atomic.Int64))
	times.(*atomic.Int64).Add(1)
}

// at is the call with another ID.
func (c call) at(id store.ID) call { c.id = id; return c }

// with is the call with another delta.
func (c call) with(d store.Delta) call {
	if d.Lifetimes == (store.Lifetimes{}) {
		d.Lifetimes = life
	}
	c.d = d
	return c
}

// finds returns what a load finds.
func (c call) finds() outcome {
	_, err := c.load()
	return outcomeOf(err)
}

// renewedID is the ID after the renewal that the call asks for.
func (c call) renewedID() store.ID { return store.ID{Place: c.id.Place, Fingerprint: c.next} }

// latest is the call with the ID that the session has by now, as far as a memory
// of its renewals goes.
func (c call) latest() call {
	for range 100 { // a store that is wrong may go round in circles
		next, ok := c.memory.Load(c.id)
		if !ok {
			break
		}
		c.id = next.(store.ID)
	}
	return c
}

// pause is the time that passes between two commands of a store on a network.
func pause() { time.Sleep(200 * time.Microsecond) }

func (b *bent) do(wrong, right func(call) error, c call) error {
	c.bent, c.memory = b, &b.memory
	if c.user == nil {
		c.user = new(string)
	}
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

func (b *bent) NewPlace(context.Context) (string, error) {
	if b.place != nil {
		return b.place(), nil
	}
	return randomText(store.PlaceLen), nil
}

func (b *bent) Create(ctx context.Context, id store.ID, d store.Delta) error {
	return b.do(b.create, call.create, call{ctx: ctx, id: id, d: d})
}

func (b *bent) Load(ctx context.Context, id store.ID) (r *store.Record, err error) {
	load := call.load
	if b.load != nil {
		load = b.load
	}
	err = b.do(nil, func(c call) (err error) { r, err = load(c); return err }, call{ctx: ctx, id: id})
	return r, err
}

func (b *bent) Save(ctx context.Context, id store.ID, d store.Delta) error {
	return b.do(b.save, call.save, call{ctx: ctx, id: id, d: d})
}

func (b *bent) Renew(ctx context.Context, id store.ID, next string, d store.Delta) error {
	return b.do(b.renew, call.renew, call{ctx: ctx, id: id, next: next, d: d})
}

func (b *bent) Refresh(ctx context.Context, id store.ID) error {
	return b.do(b.refresh, call.refresh, call{ctx: ctx, id: id, d: store.Delta{Lifetimes: life}})
}

func (b *bent) Destroy(
	ctx context.Context, id store.ID, within time.Duration,
) (user string, err error) {
	err = b.do(b.destroy, call.destroy, call{ctx: ctx, id: id, within: within, user: &user})
	return user, err
}

func (b *bent) List(
	ctx context.Context, of store.Owner, q store.Query,
) (page store.Page, err error) {
	list := call.list
	if b.list != nil {
		list = b.list
	}
	err = b.do(nil, func(c call) (err error) { page, err = list(c); return err },
		call{ctx: ctx, owner: of, query: q})
	return page, err
}

func (b *bent) End(ctx context.Context, of store.Owner, e store.Ending) (n int, err error) {
	end := call.end
	if b.end != nil {
		end = b.end
	}
	err = b.do(nil, func(c call) (err error) { n, err = end(c); return err },
		call{ctx: ctx, owner: of, ending: e})
	return n, err
}
