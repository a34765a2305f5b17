package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
)

// A wireFault is what happens to a call on its way to the store.
type wireFault int

const (
	works wireFault = iota
	losesReply
	fails
	comesLater
	isRefused // certainly not done
	hangs     // done, and no answer
	comesAfterLate
	comesBeforeLate
	wireFaults
)

var wireFaultNames = [wireFaults]string{
	"works", "loses its reply", "fails", "comes later", "is refused", "hangs",
	"comes after the late ones", "comes before the late ones",
}

// A wire is a store whose calls suffer faults. It knows which session ended when,
// and by whom.
type wire struct {
	play   *play
	under  *memstore.Store
	late   []*lateCall
	deaths map[store.ID]death
	live   map[string]store.ID // the last id of each place
	saves  map[string]int      // done so far, by place

	renewed   map[string]time.Time
	destroyed map[string]bool // places that somebody ended, also when they had expired
}

type death struct {
	at time.Time
	by *rider
}

type lateCall struct {
	call
	at    time.Time
	saves int
}

// A call is one operation. Equal names mean a repetition.
type call struct {
	name  string
	id    store.ID
	fresh store.ID // that a create or a renewal makes
	save  bool
	once  bool
	by    *rider
	do    func(context.Context) error
}

func newWire(p *play) *wire {
	return &wire{
		play: p, under: memstore.New(), deaths: map[store.ID]death{}, live: map[string]store.ID{},
		saves: map[string]int{}, destroyed: map[string]bool{}, renewed: map[string]time.Time{},
	}
}

func (w *wire) alive(id store.ID) bool {
	_, err := w.under.Load(context.Background(), id)
	return err == nil
}

// expired reports whether the session at the place is gone and nobody ended it.
func (w *wire) expired(place string) bool {
	id := w.live[place]
	_, killed := w.deaths[id]
	return !w.alive(id) && !killed
}

// isVague reports whether the store cannot tell a request that is late from one
// with an old cookie: it forgot the end, or knows only the latest renewal.
func (w *wire) isVague(r *rider) bool {
	place := r.cookieID.Place
	return time.Since(r.start) > 99*time.Second || w.destroyed[place] ||
		w.renewed[place].After(r.start.Add(-20100*time.Millisecond))
}

// do carries the call out and notes what it ends and makes.
func (w *wire) do(c call) error {
	last := w.live[c.id.Place]
	before := w.alive(last)
	if strings.HasPrefix(c.name, "destroy") {
		w.destroyed[c.id.Place] = true
	}
	err := c.do(context.Background())
	w.play.tell("    %s by request %d: %v", c.name, c.by.name, err)
	if before && !w.alive(last) {
		w.deaths[last] = death{time.Now(), c.by}
		long := w.renewed[c.id.Place].Before(c.by.start.Add(-20100 * time.Millisecond))
		if strings.HasPrefix(c.name, "destroy") && c.id != last && long {
			w.play.wrong("request %d ended a session that was renewed long before", c.by.name)
		}
	}
	if err == nil && c.fresh.Place != "" && w.alive(c.fresh) {
		if last != c.fresh {
			w.renewed[c.fresh.Place] = time.Now()
		}
		w.live[c.fresh.Place] = c.fresh
		if !slices.Contains(c.by.ids, c.fresh) {
			c.by.ids = append(c.by.ids, c.fresh)
		}
	}
	if err == nil && c.save {
		if !c.once {
			w.saves[c.id.Place]++
		}
		for _, w := range c.by.pending {
			w.savedAt = c.id.Place // perhaps: before a read, what had begun is repeated
		}
	}
	// What was refused does not come late: the contract has nothing against it.
	if errors.As(err, new(*store.TooLargeError)) || errors.As(err, new(*store.CountError)) ||
		errors.Is(err, store.ErrTaken) {
		w.late = slices.DeleteFunc(w.late, func(l *lateCall) bool { return l.name == c.name })
	}
	return err
}

// arrive carries out what is on its way, unless that is older than a store must
// remember.
func (w *wire) arrive() {
	late := w.late
	w.late = nil
	for _, l := range late {
		known := l.once || w.saves[l.id.Place]-l.saves < store.Nonces
		if time.Since(l.at) < 100*time.Second && known {
			w.play.tell("  late:")
			_ = w.do(l.call)
		}
	}
}

var errWire = errors.New("broken pipe")

// send is a call with the rider's next fault.
func (w *wire) send(ctx context.Context, c call) error {
	r := ctx.Value(riderKey{}).(*rider)
	c.by = r
	fault := works
	if len(r.faults) > 0 {
		fault, r.faults = r.faults[0], r.faults[1:]
		w.play.tell("    %s %s", c.name, wireFaultNames[fault])
	}
	switch fault {
	case losesReply:
		_ = w.do(c)
		return errWire
	case fails:
		return errWire
	case comesLater:
		if !strings.HasPrefix(c.name, "load") {
			w.late = append(w.late, &lateCall{c, time.Now(), w.saves[c.id.Place]})
		}
		return errWire
	case isRefused:
		return fmt.Errorf("refused: %w", store.ErrNotDone)
	case hangs:
		_ = w.do(c)
		<-ctx.Done()
		return ctx.Err()
	case comesAfterLate:
		w.arrive()
	case comesBeforeLate:
		defer w.arrive()
	}
	return w.do(c)
}

// Create implements [store.Store].
func (w *wire) Create(ctx context.Context, id store.ID, d store.Delta) error {
	d = clone(d)
	r := ctx.Value(riderKey{}).(*rider)
	if !slices.Contains(r.created, id.Place) {
		r.creates(id.Place)
	}
	name := fmt.Sprint("create ", id)
	return w.send(ctx, call{name: name, id: id, fresh: id, do: func(ctx context.Context) error {
		return w.under.Create(ctx, id, d)
	}})
}

// Load implements [store.Store].
func (w *wire) Load(ctx context.Context, id store.ID) (found *store.Record, err error) {
	name := fmt.Sprint("load ", id)
	err = w.send(ctx, call{name: name, id: id, do: func(ctx context.Context) (err error) {
		found, err = w.under.Load(ctx, id)
		return err
	}})
	if err != nil {
		found = nil
	}
	return found, err
}

// Save implements [store.Store].
func (w *wire) Save(ctx context.Context, id store.ID, d store.Delta) error {
	d = clone(d)
	name := fmt.Sprint("save ", id, d.Nonce, d.Clear, d.Delete, d.Set)
	return w.send(ctx, call{name: name, id: id, save: true, once: d.Once != nil, do: func(ctx context.Context) error {
		return w.under.Save(ctx, id, d)
	}})
}

// Renew implements [store.Store].
func (w *wire) Renew(ctx context.Context, id store.ID, next string, d store.Delta) error {
	d = clone(d)
	fresh := store.ID{Place: id.Place, Fingerprint: next}
	name := fmt.Sprint("renew ", id, next, d.Login, d.Clear, d.Delete, d.Set)
	return w.send(ctx, call{name: name, id: id, fresh: fresh, do: func(ctx context.Context) error {
		return w.under.Renew(ctx, id, next, d)
	}})
}

// Refresh implements [store.Store].
func (w *wire) Refresh(ctx context.Context, id store.ID) error {
	name := fmt.Sprint("refresh ", id)
	return w.send(ctx, call{name: name, id: id, do: func(ctx context.Context) error {
		return w.under.Refresh(ctx, id)
	}})
}

// Destroy implements [store.Store].
func (w *wire) Destroy(ctx context.Context, id store.ID, within time.Duration) (user string, err error) {
	name := fmt.Sprint("destroy ", id, within)
	err = w.send(ctx, call{name: name, id: id, do: func(ctx context.Context) (err error) {
		user, err = w.under.Destroy(ctx, id, within)
		return err
	}})
	return user, err
}

// idOf returns what a store knows of a cookie.
func idOf(cookie string) store.ID {
	_, value, _ := strings.Cut(cookie, "=")
	text, _, ok := strings.Cut(value, ".")
	if !ok {
		return store.ID{}
	}
	return core.KeyOf(text)
}
