package storetest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// fields are those of a session, values in JSON.
type fields = map[string]string

// background is for calls that nobody cancels.
var background = context.Background()

// ever is longer ago than anything in a trial, for destroys that must not miss.
const ever = 1000 * time.Hour

// A trial is one store put to the test of one rule. Its methods are the
// store's, with the outcomes that the rule expects; the first that differs ends
// the trial. It notes what was done. It belongs to one goroutine.
type trial struct {
	store     store.Store
	forward   func(time.Duration)
	rounds    int // of a race
	histories int
	seed      uint64 // of the histories

	names   map[store.ID]string
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
		var names []string
		for _, o := range want {
			names = append(names, string(o))
		}
		x.fail("%s: got %s, want %s", call, describe(err), strings.Join(names, " or "))
	}
}

// newPlace takes a place from the store, or a random one as core does.
func (x *trial) newPlace() string {
	placer, chooses := x.store.(store.Placer)
	if !chooses {
		return randomText(store.PlaceLen)
	}
	place, err := placer.NewPlace(background)
	if err != nil {
		x.fail("NewPlace: %v", err)
	}
	return place
}

// newID returns a fresh ID at a place of its own.
func (x *trial) newID() store.ID { return x.idAt(x.newPlace()) }

// next returns an ID with another fingerprint at the same place.
func (x *trial) next(id store.ID) store.ID { return x.idAt(id.Place) }

func (x *trial) idAt(place string) store.ID {
	id := store.ID{Place: place, Fingerprint: randomText(store.FingerprintLen)}
	if x.names == nil {
		x.names = make(map[store.ID]string)
	}
	x.names[id] = fmt.Sprintf("id%d", len(x.names)+1)
	return id
}

// randomText returns n base64url characters.
func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)[:n]
}

// create stores a new session and returns its ID.
func (x *trial) create(d store.Delta) store.ID {
	id := x.newID()
	x.createAs(id, d, ok)
	return id
}

func (x *trial) createAs(id store.ID, d store.Delta, want ...outcome) error {
	err := x.store.Create(background, id, withLife(d))
	x.expect(err, want, "create %s, %s", x.names[id], show(d))
	return err
}

// load returns the session, which must be there.
func (x *trial) load(id store.ID) *store.Record {
	r, err := x.store.Load(background, id)
	x.expect(err, []outcome{ok}, "load %s", x.names[id])
	if r == nil {
		x.fail("load %s: got neither a record nor an error", x.names[id])
	}
	return r
}

// holds loads the session, which must have these fields exactly.
func (x *trial) holds(id store.ID, want fields) *store.Record {
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

// user checks who is logged in.
func (x *trial) user(r *store.Record, want string) {
	if r.User != want {
		x.fail("the user is %.40q, want %.40q", r.User, want)
	}
}

// lost loads a session that must not be readable, for one of these reasons.
func (x *trial) lost(id store.ID, want ...outcome) error {
	_, err := x.store.Load(background, id)
	x.expect(err, want, "load %s", x.names[id])
	return err
}

// absent checks that the ID opens nothing, for readers nor for writers.
func (x *trial) absent(id store.ID, want ...outcome) {
	x.lost(id, want...)
	x.save(id, set("late", "1"), want...)
	x.lost(id, want...)
}

// dead checks that no call works with the ID and that none leaves anything.
func (x *trial) dead(id store.ID, want ...outcome) {
	x.absent(id, want...)
	x.refresh(id, want...)
	next := x.next(id)
	late := loginSet("eve", fields{"late": "1"})
	late.Clear = true
	x.renew(id, next, late, want...)
	x.lost(next, want...)
	x.lost(id, want...)
}

// ago checks the time in the error of a call that met the end of a session.
func (x *trial) ago(err error, want time.Duration) {
	var ended *store.GoneError
	if !errors.As(err, &ended) {
		x.fail("got %v, want a GoneError", err)
	}
	x.near("Ago", ended.Ago, want)
}

func (x *trial) save(id store.ID, d store.Delta, want ...outcome) error {
	err := x.store.Save(background, id, withLife(d))
	x.expect(err, want, "save %s, %s", x.names[id], show(d))
	return err
}

func (x *trial) renew(id, next store.ID, d store.Delta, want ...outcome) error {
	err := x.store.Renew(background, id, next.Fingerprint, withLife(d))
	x.expect(err, want, "renew %s to %s, %s", x.names[id], x.names[next], show(d))
	return err
}

// renewal renews the session and returns its new ID.
func (x *trial) renewal(id store.ID, d store.Delta) store.ID {
	next := x.next(id)
	x.renew(id, next, d, ok)
	return next
}

func (x *trial) refresh(id store.ID, want ...outcome) error {
	err := x.store.Refresh(background, id)
	x.expect(err, want, "refresh %s", x.names[id])
	return err
}

// destroy ends the session, however long ago it was renewed.
func (x *trial) destroy(id store.ID) { x.destroyWithin(id, ever, ok) }

func (x *trial) destroyWithin(id store.ID, within time.Duration, want ...outcome) error {
	_, err := x.store.Destroy(background, id, within)
	x.expect(err, want, "destroy %s, within %v", x.names[id], within)
	return err
}

func (x *trial) advance(d time.Duration) {
	x.forward(d)
	x.note("%v go by", d)
}
