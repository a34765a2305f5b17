package storetest

import (
	"cmp"
	"errors"
	"unicode/utf8"

	"github.com/ringsession/ringsession/core/store"
)

var wrongLimits = []wrong{
	{name: "there are no limits",
		breaks: []string{
			"limit-bytes", "limit-fields", "limit-after", "limit-blind", "race-limit", "histories",
		},
		every: func(c *call) error { c.d.Limits = store.Limits{}; return nil }},
	{name: "the limit is for one change",
		breaks: []string{"limit-bytes", "limit-fields", "limit-blind", "race-limit", "histories"},
		every: func(c *call) error {
			err := c.d.Limits.Check(c.d.Size(), store.Limits{})
			c.d.Limits = store.Limits{}
			return err
		}},
	{name: "what was written adds up", breaks: []string{"limit-blind", "limit-after"},
		save: func(c call) error {
			written, _ := c.memory.Load(c.id)
			sum, _ := written.(int)
			sum += c.d.Size().Bytes
			c.memory.Store(c.id, sum)
			if c.d.Bytes > 0 && sum > c.d.Bytes {
				return &store.TooLargeError{Size: sum, Limit: c.d.Bytes}
			}
			return c.save()
		}},
	{name: "what is deleted does not count", breaks: []string{"limit-after", "limit-over"},
		save: limited(func(r *store.Record, d store.Delta) (size, before store.Limits) {
			d.Clear, d.Delete = false, nil
			return store.Delta{Set: after(r, d)}.Size(), store.Delta{Set: r.Fields}.Size()
		})},
	{name: "what is deleted twice counts twice", breaks: []string{"limit-after"},
		save: limited(func(r *store.Record, d store.Delta) (size, before store.Limits) {
			size, before = store.Delta{Set: after(r, d)}.Size(), store.Delta{Set: r.Fields}.Size()
			for i, key := range d.Delete {
				if _, there := r.Fields[key]; there && i > 0 && key == d.Delete[i-1] {
					size.Bytes -= len(key) + len(r.Fields[key])
					size.Fields--
				}
			}
			return size, before
		})},
	{name: "over a limit nothing can be written", breaks: []string{"limit-over", "histories"},
		save: limited(func(r *store.Record, d store.Delta) (size, before store.Limits) {
			return store.Delta{Set: after(r, d)}.Size(), store.Limits{}
		})},
	{name: "over a limit nobody can log in", breaks: []string{"limit-over"},
		renew: checking(call.renew, func(c call, r *store.Record) error {
			return c.d.Limits.Check(store.Delta{Set: r.Fields}.Size(), store.Limits{})
		})},
	{name: "a renewal looks at no limits",
		breaks: []string{"limit-nothing", "limit-over", "histories"},
		renew:  func(c call) error { c.d.Limits = store.Limits{}; return c.renew() }},
	{name: "a create looks at no limits",
		breaks: []string{"limit-bytes", "limit-fields", "limit-create", "histories"},
		create: func(c call) error { c.d.Limits = store.Limits{}; return c.create() }},
	{name: "bytes are counted as characters", breaks: []string{"limit-bytes"},
		save: limited(func(r *store.Record, d store.Delta) (size, before store.Limits) {
			return characters(after(r, d)), characters(r.Fields)
		})},
	{name: "the limit is off by one",
		breaks: []string{"limit-bytes", "limit-blind", "limit-after"},
		every: func(c *call) error {
			if c.d.Bytes > 0 {
				c.d.Bytes--
			}
			return nil
		}},
	{name: "the error has the size before the change",
		breaks: []string{"limit-bytes", "limit-fields", "limit-after", "limit-nothing"},
		save: func(c call) error {
			err := c.save()
			var large *store.TooLargeError
			if errors.As(err, &large) {
				large.Size = large.Limit
			}
			return err
		}},
	{name: "save measures, then writes", breaks: []string{"race-limit"},
		save: limited(func(r *store.Record, d store.Delta) (size, before store.Limits) {
			pause()
			return store.Delta{Set: after(r, d)}.Size(), store.Delta{Set: r.Fields}.Size()
		})},
	{name: "a refused save extends the life", breaks: []string{"limit-nothing", "used-not"},
		save: also(call.save, tooLarge, func(c call) { _ = c.refresh() })},
	{name: "a refused save deletes", breaks: []string{"limit-nothing", "limit-after", "histories"},
		save: also(call.save, tooLarge, func(c call) { _ = c.with(store.Delta{Delete: c.d.Delete}).save() })},
	{name: "a refused renewal renews",
		breaks: []string{"limit-nothing", "limit-over", "histories"},
		renew:  also(call.renew, tooLarge, func(c call) { _ = c.with(store.Delta{}).renew() })},
	{name: "a refused create takes the place", breaks: []string{"limit-create", "histories"},
		create: also(call.create, tooLarge, func(c call) { _ = c.with(store.Delta{}).create() })},
	{name: "a refused create is remembered as an end",
		breaks: []string{"limit-create", "histories"},
		create: also(call.create, tooLarge, func(c call) { _ = c.destroy() })},
	{name: "a full session refuses what is repeated", breaks: []string{"limit-repeat"},
		save: checking(call.save, func(c call, r *store.Record) error {
			now := store.Delta{Set: r.Fields}.Size()
			err := c.d.Limits.Check(store.Delta{Set: after(r, c.d)}.Size(), now)
			if len(c.d.Delete) == 0 && !c.d.Clear && err == nil {
				err = c.d.Limits.Check(now, store.Limits{})
			}
			return err
		})},
	{name: "a repeated create is measured", breaks: []string{"limit-create"},
		create: func(c call) error {
			if err := c.d.Limits.Check(c.d.Size(), store.Limits{}); err != nil {
				return err
			}
			return c.create()
		}},
}

var wrongGuests = []wrong{
	{name: "guests have the limits of all", breaks: []string{"limit-guest", "limit-guest-over"},
		every: func(c *call) error { c.d.Guest = store.Limits{}; return nil }},
	{name: "the limits of guests are for all", breaks: []string{"limit-guest", "limit-guest-over"},
		every: func(c *call) error { c.d.Limits = cmp.Or(c.d.Guest, c.d.Limits); return nil }},
	{name: "a login is measured as a guest", breaks: []string{"limit-guest", "limit-guest-over"},
		renew: seeing(call.renew, func(c *call, r *store.Record) {
			if r.User == "" {
				c.d.Limits = cmp.Or(c.d.Guest, c.d.Limits)
			}
		})},
	{name: "guests have the other limits too", breaks: []string{"limit-guest"},
		every: func(c *call) error {
			if c.d.Guest != (store.Limits{}) {
				c.d.Guest.Fields = cmp.Or(c.d.Guest.Fields, c.d.Fields)
			}
			return nil
		}},
	{name: "without limits of their own guests have none", breaks: []string{"limit-guest"},
		every: func(c *call) error {
			c.d.Guest = cmp.Or(c.d.Guest, store.Limits{Bytes: 1 << 30})
			return nil
		}},
	{name: "a full guest can write nothing", breaks: []string{"limit-guest-over"},
		save: checking(call.save, func(c call, r *store.Record) error {
			if r.User != "" || c.d.Guest == (store.Limits{}) {
				return nil
			}
			return c.d.Guest.Check(store.Delta{Set: r.Fields}.Size(), store.Limits{})
		})},
}

// limited is a save that measures by itself and writes then.
func limited(
	measure func(*store.Record, store.Delta) (size, before store.Limits),
) func(call) error {
	return func(c call) error {
		r, err := c.load()
		if err != nil {
			return c.save()
		}
		if err := c.d.Limits.Check(measure(r, c.d)); err != nil {
			return err
		}
		c.d.Limits = store.Limits{}
		return c.save()
	}
}

func characters(all fields) store.Limits {
	size := store.Limits{Fields: len(all)}
	for key, value := range all {
		size.Bytes += utf8.RuneCountInString(key) + utf8.RuneCountInString(value)
	}
	return size
}
