package core

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// A once is the part of changes that must not be stored twice; see
// [store.Once]. Appended items are in changes.set, together with a once that
// may be empty. A key in add, upTo or take is neither set nor deleted, and the
// changes do not clear the session.
type once struct {
	add  map[string]int64
	upTo *bound            // what Counter.AddUpTo asks for
	take map[string]string // the keys and values of the items that List.Take asks for
	sent time.Time         // when the first attempt of the save began
}

// A bound is a number to add unless the sum passes the limit.
type bound struct {
	key      string
	n, limit int64
}

func (o *once) isEmpty() bool {
	return o == nil || len(o.add) == 0 && o.upTo == nil && len(o.take) == 0
}

// adds returns what is to be added to the key.
func (o *once) adds(key string) (n int64, ok bool) {
	if o == nil {
		return 0, false
	}
	n, ok = o.add[key]
	if o.upTo != nil && o.upTo.key == key {
		n, ok = n+o.upTo.n, true
	}
	return n, ok
}

// createsNone reports whether a new session could not satisfy o: it has nothing
// to take, or the sum would be larger than the limit.
func (o *once) createsNone() bool {
	return o != nil && (len(o.take) > 0 ||
		o.upTo != nil && o.add[o.upTo.key]+o.upTo.n > o.upTo.limit)
}

// forget takes out the key.
func (o *once) forget(key string) {
	if o == nil {
		return
	}
	delete(o.add, key)
	delete(o.take, key)
	if o.upTo != nil && o.upTo.key == key {
		o.upTo = nil
	}
}

// applied returns the fields as o leaves them, in the same map.
func (o *once) applied(fields map[string]string) map[string]string {
	for key := range o.take {
		delete(fields, key)
	}
	for key := range o.stored().Add {
		was, _ := store.ParseCount(fields[key])
		n, _ := o.adds(key)
		fields[key] = strconv.FormatInt(was+n, 10)
	}
	return fields
}

// stored returns o for a store.
func (o *once) stored() *store.Once {
	if o == nil {
		return nil
	}
	stored := &store.Once{Take: slices.Collect(maps.Keys(o.take))}
	if len(o.add) > 0 || o.upTo != nil {
		stored.Add = make(map[string]store.Addition, len(o.add)+1)
	}
	for key, n := range o.add {
		stored.Add[key] = store.Addition{N: n}
	}
	if up := o.upTo; up != nil {
		stored.Add[up.key] = store.Addition{N: o.add[up.key] + up.n, Limit: up.limit, Limited: true}
	}
	return stored
}

// attempt returns d for an attempt that begins now.
func (o *once) attempt(d store.Delta) store.Delta {
	if o == nil {
		return d
	}
	if o.sent.IsZero() {
		o.sent = time.Now()
		return d
	}
	repeated := *d.Once
	repeated.After = max(time.Since(o.sent), time.Millisecond)
	d.Once = &repeated
	return d
}
