package storetest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
)

// fields are those of a session, values in JSON.
type fields = map[string]string

// background is for calls that nobody cancels.
var background = context.Background()

// A trial is one store put to the test of one rule. Its methods are the store's, with the outcome that the rule expects (nil
// for success); the first that differs ends the trial. It notes what was done. It belongs to one goroutine.
type trial struct {
	store     core.Store
	forward   func(time.Duration)
	rounds    int // of a race
	histories int
	seed      uint64 // of the histories

	names   map[core.ID]string
	done    []string
	problem string
}

// run carries out the steps and reports whether they came to their end.
func (x *trial) run(steps func(*trial)) (finished bool) {
	defer func() {
		// A panic that is not ours keeps its stack, because nobody recovers it.
		if x.problem != "" {
			_ = recover()
		}
	}()
	steps(x)
	return true
}

func (x *trial) fail(format string, args ...any) {
	x.problem = fmt.Sprintf(format, args...)
	panic(x.problem)
}

func (x *trial) note(format string, args ...any) {
	x.done = append(x.done, fmt.Sprintf(format, args...))
}

// expect notes a call and its outcome, which must be one of those wanted.
func (x *trial) expect(err error, want []outcome, format string, args ...any) {
	call := fmt.Sprintf(format, args...)
	x.note("%s: %s", call, describe(err))
	if !slices.Contains(want, outcomeOf(err)) {
		x.fail("%s: got %s, want %s", call, describe(err), strings.Trim(fmt.Sprint(want), "[]"))
	}
}

// newID returns a fresh id at a place of its own.
func (x *trial) newID() core.ID {
	place, err := x.store.NewPlace(background)
	if err != nil {
		x.fail("NewPlace: %v", err)
	}
	return x.idAt(place)
}

// next returns a fresh id to which id can be renewed.
func (x *trial) next(id core.ID) core.ID { return x.idAt(id.Place()) }

func (x *trial) idAt(place string) core.ID {
	id, err := core.ParseID(place + randomText(core.SecretLen))
	if err != nil {
		x.fail("an id at the place %q: %v", place, err)
	}
	if x.names == nil {
		x.names = make(map[core.ID]string)
	}
	x.names[id] = fmt.Sprintf("id%d", len(x.names)+1)
	return id
}

// randomText returns n base64url characters; n is a multiple of four.
func randomText(n int) string {
	b := make([]byte, n/4*3)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// create stores a new session and returns its id.
func (x *trial) create(d core.Delta) core.ID {
	id := x.newID()
	x.createAs(id, randomText(12), d, nil)
	return id
}

func (x *trial) createAs(id core.ID, nonce string, d core.Delta, want error) {
	err := x.store.Create(background, id, nonce, withLife(d))
	x.expect(err, []outcome{outcomeOf(want)}, "create %s, nonce %.4s…, %s", x.names[id], nonce, show(d))
}

// load returns the session, which must be there.
func (x *trial) load(id core.ID) *core.Record {
	r, err := x.store.Load(background, id)
	x.expect(err, []outcome{ok}, "load %s", x.names[id])
	if r == nil {
		x.fail("load %s: got neither a record nor an error", x.names[id])
	}
	return r
}

// holds loads the session, which must have these fields exactly.
func (x *trial) holds(id core.ID, want fields) *core.Record {
	r := x.load(id)
	for key, value := range want {
		if got, there := r.Fields[key]; !there {
			x.fail("load %s: the field %.40q is missing", x.names[id], key)
		} else if got != value {
			x.fail("load %s: the field %.40q is %.40q (%d bytes), want %.40q (%d bytes)",
				x.names[id], key, got, len(got), value, len(value))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.Fields)) {
		if _, wanted := want[key]; !wanted {
			x.fail("load %s: there is a field %.40q = %.40q, want none", x.names[id], key, r.Fields[key])
		}
	}
	return r
}

// lost loads a session that must not be readable, for one of these reasons.
func (x *trial) lost(id core.ID, want ...outcome) {
	_, err := x.store.Load(background, id)
	x.expect(err, want, "load %s", x.names[id])
}

// absent checks that nothing is there, for readers nor for writers.
func (x *trial) absent(id core.ID) {
	x.lost(id, notFound)
	x.save(id, core.Delta{Set: fields{"late": "1"}}, core.ErrGone)
	x.lost(id, notFound)
}

func (x *trial) save(id core.ID, d core.Delta, want error) {
	err := x.store.Save(background, id, withLife(d))
	x.expect(err, []outcome{outcomeOf(want)}, "save %s, %s", x.names[id], show(d))
}

func (x *trial) renew(id, next core.ID, d core.Delta, want error) {
	err := x.store.Renew(background, id, next, withLife(d))
	x.expect(err, []outcome{outcomeOf(want)}, "renew %s to %s, %s", x.names[id], x.names[next], show(d))
}

// moved renews the session and returns its new id.
func (x *trial) moved(id core.ID, d core.Delta) core.ID {
	next := x.next(id)
	x.renew(id, next, d, nil)
	return next
}

func (x *trial) refresh(id core.ID) {
	x.expect(x.store.Refresh(background, id, life), []outcome{ok}, "refresh %s", x.names[id])
}

func (x *trial) destroy(id core.ID) {
	x.expect(x.store.Destroy(background, id), []outcome{ok}, "destroy %s", x.names[id])
}

func (x *trial) advance(d time.Duration) {
	x.forward(d)
	x.note("%v go by", d)
}
