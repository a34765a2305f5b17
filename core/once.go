package core

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// A once is the part of changes that must not be stored twice: see
// [store.Once]. Items that were appended are in changes.set; then there is a
// once as well. A key in add, upTo or take is neither set nor deleted, and
// nothing is cleared.
type once struct {
	add  map[string]int64
	upTo *bound            // what Counter.AddUpTo asks for
	take map[string]string // items of a list with what they hold, which List.Take asks for
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

// createsNone reports whether a new session cannot have what o asks for: it has
// nothing to take, or would pass the limit.
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

// unrepeated returns c's once, which it makes if need be.
func (c *changes) unrepeated() *once {
	if c.once == nil {
		c.once = new(once)
	}
	return c.once
}

// counts reports whether c adds to a key.
func (c *changes) counts() bool {
	return c.once != nil && (len(c.once.add) > 0 || c.once.upTo != nil)
}

// add adds n to a key. Callers have made sure that a value which c sets is a
// count.
func (c *changes) add(key string, n int64) {
	if text, _, known := c.field(key); known {
		was, _ := store.ParseCount(text)
		c.put(key, strconv.FormatInt(was+n, 10))
		return
	}
	o := c.unrepeated()
	if o.add == nil {
		o.add = make(map[string]int64)
	}
	o.add[strings.Clone(key)] += n
}

// over returns the value of a key that was text before c, if ok.
func (c *changes) over(key, text string, ok bool) (string, bool) {
	if text, ok, known := c.field(key); known {
		return text, ok
	}
	if n, adds := c.once.adds(key); adds {
		was, _ := store.ParseCount(text)
		return strconv.FormatInt(was+n, 10), true
	}
	if c.once != nil {
		if _, taken := c.once.take[key]; taken {
			return "", false
		}
	}
	return text, ok
}

// add adds n to a key, unless the request set the key to what cannot be counted
// on.
func (l *life) add(key string, n int64) error {
	text, ok, known := l.changed(key)
	was, _ := l.changes.once.adds(key)
	if known && ok {
		if was, ok = store.ParseCount(text); !ok {
			return store.ErrNoCount
		}
	} else if l.begun != nil {
		begun, _ := l.begun.changes.once.adds(key)
		was += begun
	}
	if max(n, was+n) > store.MaxCount || min(n, was+n) < -store.MaxCount {
		return store.ErrOverflow
	}
	l.changes.add(key, n)
	return nil
}

// A question is what a method that waits for the store asks with a save.
type question struct {
	upTo    *bound
	take    map[string]string
	stored  bool // the save that asked is stored
	refused bool // the sum would pass its limit, or an item was gone
}

// answer notes that the operation was stored.
func (l *life) answer(o *once) {
	switch {
	case o == nil:
	case l.asked != nil:
		// What others of the request change meanwhile is stored after it, and
		// no answer.
		l.asked.stored = l.asked.stored ||
			o.upTo == l.asked.upTo && len(o.take) > 0 == (len(l.asked.take) > 0)
	case len(o.take) > 0:
		// Nobody waits any more for what was taken, so it goes back, before
		// what the request changed since.
		back := changes{set: o.take, once: new(once)}
		l.changes = back.then(l.changes)
	}
}

// refuse drops what was asked for if err says that the store refuses it.
func (l *life) refuse(err error) bool {
	if !errors.Is(err, store.ErrAtLimit) && !errors.Is(err, store.ErrTaken) {
		return false
	}
	l.changes.stopAsking()
	if l.asked != nil {
		l.asked.refused = true
	}
	return true
}

func (c *changes) stopAsking() {
	if c.once != nil {
		c.once.upTo, c.once.take = nil, nil
	}
}

// ask stores what the request changed and, if that was done before, asks the
// question in a save of its own. Without an answer, the request changes the
// same keys at the same time. Callers hold s.operating.
func (s *Session) ask(b budget, q *question, told *events) error {
	s.mu.Lock()
	s.used = true
	asks := s.life.changes.isEmpty() && s.life.begun == nil
	if asks {
		o := s.life.changes.unrepeated()
		o.upTo, o.take = q.upTo, q.take
		s.life.asked = q
	}
	s.mu.Unlock()
	if !asks && b.isOver() {
		return &storeError{"save", context.DeadlineExceeded}
	}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.life.asked = nil
		s.life.changes.stopAsking()
	}()
	return s.save(b, told)
}
