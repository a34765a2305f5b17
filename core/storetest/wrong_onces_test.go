package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/ringsession/ringsession/core/store"
)

var wrongCounts = []wrong{
	{name: "nothing is added",
		breaks: []string{"count", "count-renew", "count-limit", "race-count", "histories"},
		every:  withOnce(func(o *store.Once) { o.Add = nil })},
	{name: "save reads what it adds to, then writes",
		breaks: []string{"race-count", "race-count-limit", "race-once"},
		save: func(c call) error {
			r, err := c.load()
			if c.d.Once == nil || err != nil {
				return c.save()
			}
			pause()
			now := after(r, c.d)
			if err := c.d.Once.Apply(now); err != nil {
				return err
			}
			d := c.d
			d.Set, d.Delete = maps.Clone(d.Set), append(d.Once.Take, d.Delete...)
			for name := range c.d.Once.Add {
				d.Set = after(&store.Record{Fields: d.Set}, set(name, now[name]))
			}
			d.Once = &store.Once{After: d.Once.After}
			return c.with(d).save()
		}},
	{name: "a renewal adds and takes nothing", breaks: []string{"count-renew", "histories"},
		renew: func(c call) error { c.d.Once = nil; return c.renew() }},
	{name: "any number is counted on", breaks: []string{"count-integer"},
		save: onCountError(store.ErrNoCount, func(c call, field, value string) error {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return &store.CountError{Field: field, Reason: store.ErrNoCount}
			}
			return c.with(set(field, strconv.FormatFloat(n, 'f', 0, 64))).save()
		})},
	{name: "what is no number counts as zero", breaks: []string{"count-integer", "histories"},
		save: onCountError(store.ErrNoCount, func(c call, field, _ string) error {
			if err := c.with(set(field, "0")).save(); err != nil {
				return err
			}
			return c.save()
		})},
	{name: "what cannot be counted on is left out", breaks: []string{"count-integer", "histories"},
		save: onCountError(store.ErrNoCount, func(c call, field, _ string) error {
			o := *c.d.Once
			o.Add = maps.Clone(o.Add)
			delete(o.Add, field)
			c.d.Once = &o
			_ = c.save()
			return &store.CountError{Field: field, Reason: store.ErrNoCount}
		})},
	{name: "counters have 64 bits", breaks: []string{"count-overflow"},
		save: onCountError(store.ErrOverflow, func(c call, field, value string) error {
			n, _ := strconv.ParseInt(value, 10, 64)
			return c.with(set(field, fmt.Sprint(n+c.d.Once.Add[field].N))).save()
		})},
	{name: "additions have no limit",
		breaks: []string{"count-limit", "race-count-limit", "histories"},
		every: withOnce(func(o *store.Once) {
			o.Add = maps.Clone(o.Add)
			for name, a := range o.Add {
				o.Add[name] = store.Addition{N: a.N}
			}
		})},
	{name: "what an addition would pass it reaches", breaks: []string{"count-limit", "histories"},
		save: onCountError(store.ErrAtLimit, func(c call, field, _ string) error {
			return c.with(set(field, fmt.Sprint(c.d.Once.Add[field].Limit))).save()
		})},
	{name: "what is added has no size", breaks: []string{"count-size", "histories"},
		save: func(c call) error {
			if c.d.Once != nil && len(c.d.Once.Add) > 0 {
				c.d.Limits = store.Limits{}
			}
			return c.save()
		}},
	{name: "what is counted again is measured again", breaks: []string{"count-size"},
		save: checking(call.save, func(c call, r *store.Record) error {
			if c.d.Once == nil || c.d.Bytes == 0 {
				return nil
			}
			now := after(r, c.d)
			_ = c.d.Once.Apply(now)
			for name := range c.d.Once.Add {
				now["again"+name] = now[name]
			}
			return c.d.Limits.Check(store.Delta{Set: now}.Size(), store.Delta{Set: r.Fields}.Size())
		})},
}

var wrongTakes = []wrong{
	{name: "a take drops what is there", breaks: []string{"take", "race-take", "histories"},
		save: instead(call.save, taken, dropping)},
	{name: "a take looks, then drops", breaks: []string{"race-take"},
		save: func(c call) error {
			r, err := c.load()
			if err != nil || c.d.Once == nil {
				return c.save()
			}
			if err := c.d.Once.Apply(after(r, store.Delta{})); err != nil {
				return err
			}
			pause()
			return dropping(c)
		}},
	{name: "at most 1,000 fields are taken", breaks: []string{"take-many"},
		every: refusing(func(c *call) bool { return c.d.Once != nil && len(c.d.Once.Take) > 1000 })},
}

var wrongOnces = []wrong{
	{name: "a Once is like any other save", // and known among the last of all
		breaks: []string{"once-repeat", "once-never", "once-late", "histories"},
		save: func(c call) error {
			if c.d.Once == nil || c.d.Nonce == "" {
				return c.save()
			}
			// The plain saves of the memstore know the nonces, and do nothing.
			known, _ := c.memory.Load(c.id.Place)
			last, _ := known.([]string)
			if slices.Contains(last[max(0, len(last)-store.Nonces):], c.d.Nonce) && c.finds() == ok {
				return nil
			}
			nonce := c.d.Nonce
			c.d.Nonce = ""
			err := c.save()
			if err == nil {
				c.memory.Store(c.id.Place, append(slices.Clip(last), nonce))
			}
			return err
		}},
	{name: "a Once needs no nonce",
		breaks: []string{"once-repeat", "once-never", "once-late", "race-once", "histories"},
		save: func(c call) error {
			if c.d.Once != nil {
				c.d.Nonce = ""
			}
			return c.save()
		}},
	{name: "a repetition is taken for a first attempt",
		breaks: []string{"once-never", "once-late"},
		every:  withOnce(func(o *store.Once) { o.After = 0 })},
	{name: "a repetition is never in time", breaks: []string{"once-told", "once-late"},
		save: func(c call) error {
			if o := c.d.Once; o != nil && o.After > 0 {
				if _, known := c.memory.Load(c.id.Place + c.d.Nonce); !known && c.finds() == ok {
					return store.ErrForgotten
				}
			}
			err := c.save()
			if err == nil {
				c.memory.Store(c.id.Place+c.d.Nonce, true)
			}
			return err
		}},
	{name: "what is forgotten is set all the same", breaks: []string{"once-forgotten"},
		save: also(call.save, forgot, func(c call) { _ = c.with(store.Delta{Set: c.d.Set}).save() })},
	{name: "a Once pushes out the nonces of other saves", breaks: []string{"once-repeat"},
		save: also(call.save, ok, func(c call) {
			if c.d.Once != nil {
				_ = c.with(store.Delta{Nonce: c.d.Nonce}).save()
			}
		})},
	{name: "a Once that was refused is remembered", breaks: []string{"once-forgotten"},
		save: also(call.save, noCount, func(c call) { _ = c.with(once(c.d.Nonce, store.Once{})).save() })},
	{name: "a repeated Once is a use", breaks: []string{"used-not"},
		save: also(call.save, ok, func(c call) {
			if c.d.Once != nil {
				_ = c.refresh()
			}
		})},
}

// dropping is a save that drops what is to be taken, if it is there.
func dropping(c call) error {
	c.d.Delete = append(slices.Clone(c.d.Delete), c.d.Once.Take...)
	c.d.Once = &store.Once{Add: c.d.Once.Add, After: c.d.Once.After}
	return c.save()
}

// withOnce changes what must not be done twice in every call.
func withOnce(change func(*store.Once)) func(*call) error {
	return func(c *call) error {
		if c.d.Once != nil {
			o := *c.d.Once
			change(&o)
			c.d.Once = &o
		}
		return nil
	}
}

// onCountError is a save that does something else when it cannot count, with the
// field and what it holds.
func onCountError(reason error, instead func(c call, field, value string) error) func(call) error {
	return func(c call) error {
		err := c.save()
		var e *store.CountError
		if !errors.As(err, &e) || !errors.Is(err, reason) {
			return err
		}
		value := "0"
		if r, err := c.load(); err == nil && r.Fields[e.Field] != "" {
			value = r.Fields[e.Field]
		}
		return instead(c, e.Field, value)
	}
}
