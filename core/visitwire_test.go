package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/storehook"
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
	storehook.Store
	play   *play
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
	storehook.Call
	name string
	by   *rider
}

// fresh is the ID that a create or a renewal makes.
func (c call) fresh() store.ID {
	switch c.Op {
	case "create":
		return c.ID
	case "renew":
		return store.ID{Place: c.ID.Place, Fingerprint: c.Next}
	}
	return store.ID{}
}

func newWire(p *play) *wire {
	w := &wire{
		play: p, deaths: map[store.ID]death{}, live: map[string]store.ID{},
		saves: map[string]int{}, destroyed: map[string]bool{}, renewed: map[string]time.Time{},
	}
	w.Hook = w.send
	return w
}

func (w *wire) alive(id store.ID) bool {
	_, err := w.Store.Store.Load(context.Background(), id)
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
	place, ends := c.ID.Place, c.Op == "destroy"
	last := w.live[place]
	before := w.alive(last)
	if ends {
		w.destroyed[place] = true
	}
	err := c.Do(context.Background())
	w.play.tell("    %s by request %d: %v", c.name, c.by.name, err)
	if before && !w.alive(last) {
		w.deaths[last] = death{time.Now(), c.by}
		long := w.renewed[place].Before(c.by.start.Add(-20100 * time.Millisecond))
		if ends && c.ID != last && long {
			w.play.wrong("request %d ended a session that was renewed long before", c.by.name)
		}
	}
	if fresh := c.fresh(); err == nil && fresh.Place != "" && w.alive(fresh) {
		if last != fresh {
			w.renewed[place] = time.Now()
		}
		w.live[place] = fresh
		if !slices.Contains(c.by.ids, fresh) {
			c.by.ids = append(c.by.ids, fresh)
		}
	}
	if err == nil && c.Op == "save" {
		if c.Delta.Once == nil {
			w.saves[place]++
		}
		for _, w := range c.by.pending {
			w.savedAt = place // perhaps: before a read, what had begun is repeated
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
		known := l.Delta.Once != nil || w.saves[l.ID.Place]-l.saves < store.Nonces
		if time.Since(l.at) < 100*time.Second && known {
			w.play.tell("  late:")
			_ = w.do(l.call)
		}
	}
}

var errWire = errors.New("broken pipe")

// send is a call with the rider's next fault.
func (w *wire) send(ctx context.Context, sent storehook.Call) error {
	if sent.Op == "new place" {
		return sent.Do(ctx)
	}
	r, d := ctx.Value(riderKey{}).(*rider), sent.Delta
	name := fmt.Sprint(sent.Op, " ", sent.ID, sent.Next, sent.Within,
		d.Nonce, d.Login, d.Clear, d.Delete, d.Set)
	c := call{sent, name, r}
	if c.Op == "create" && !slices.Contains(r.created, c.ID.Place) {
		r.creates(c.ID.Place)
	}
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
		if c.Op != "load" {
			w.late = append(w.late, &lateCall{c, time.Now(), w.saves[c.ID.Place]})
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

// idOf returns what a store knows of a cookie.
func idOf(cookie string) store.ID {
	_, value, _ := strings.Cut(cookie, "=")
	text, _, ok := strings.Cut(value, ".")
	if !ok {
		return store.ID{}
	}
	return core.KeyOf(text)
}
