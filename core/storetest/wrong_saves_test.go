package storetest

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

var wrongSaves = []wrong{
	{name: "save replaces the session",
		breaks: []string{"save", "save-nothing", "save-two", "race-writers", "histories"},
		save:   func(c call) error { c.d.Clear = true; return c.save() }},
	{name: "save reads the session, changes it and writes it back whole",
		breaks: []string{"race-writers", "histories"},
		save: func(c call) error {
			r, err := c.load()
			if err != nil {
				return c.save()
			}
			pause()
			d := c.d
			d.Clear, d.Delete, d.Set = true, nil, after(r, c.d)
			return c.with(d).save()
		}},
	{name: "save creates what is not there",
		breaks: []string{"save-missing", "load-unknown", "idle", "histories"},
		save:   instead(call.save, notFound, call.create)},
	{name: "save brings back what was destroyed",
		breaks: []string{
			"destroy", "destroy-repeat", "race-save-destroy", "race-read-destroy", "histories",
		},
		save: revivingSave},
	{name: "save looks whether the session is there, then writes",
		breaks: []string{"race-save-destroy", "histories"},
		save: func(c call) error {
			if c.finds() != ok {
				return c.save()
			}
			pause()
			return revivingSave(c)
		}},
	{name: "save of a session that is not there is silent",
		breaks: []string{"save-missing", "load-unknown", "histories"},
		save:   silent(call.save, notFound)},
	{name: "save of a destroyed session is silent",
		breaks: []string{"destroy", "race-save-destroy", "histories"},
		save:   silent(call.save, gone)},
	{name: "save of a renewed session is silent",
		breaks: []string{"renew-old", "race-save-renew", "histories"},
		save:   silent(call.save, renewed)},
	{name: "save does not delete",
		breaks: []string{"save", "save-order", "values-many-dropped", "histories"},
		save:   func(c call) error { c.d.Delete = nil; return c.save() }},
	{name: "save does not clear", breaks: []string{"save-clear", "save-order", "histories"},
		save: func(c call) error { c.d.Clear = false; return c.save() }},
	{name: "save sets first and deletes then", breaks: []string{"save-order", "histories"},
		save: func(c call) error {
			last := c.with(store.Delta{Delete: c.d.Delete})
			c.d.Delete = nil
			return errors.Join(c.save(), last.save())
		}},
	{name: "save writes one field after the other", breaks: []string{"race-read-save"},
		save: func(c call) error {
			first := c.with(store.Delta{Clear: c.d.Clear, Delete: c.d.Delete})
			if err := first.save(); err != nil {
				return err
			}
			for key, value := range c.d.Set {
				pause()
				if err := c.with(set(key, value)).save(); err != nil {
					return err
				}
			}
			return nil
		}},
	{name: "save minds when a field to delete is not there",
		breaks: []string{"save", "values-many-deleted"},
		save: func(c call) error {
			r, err := c.load()
			missing := func(key string) bool { _, there := r.Fields[key]; return !there }
			if err == nil && slices.ContainsFunc(c.d.Delete, missing) {
				return errRefused
			}
			return c.save()
		}},
	{name: "save under an old ID goes to the new one",
		breaks: []string{"renew-old", "renew-chain", "histories"},
		save:   func(c call) error { return c.latest().save() },
		renew:  rememberRenewal},
}

var wrongNonces = []wrong{
	{name: "save does not look at the nonce",
		breaks: []string{
			"save-nonce", "save-nonce-only", "save-nonce-odd", "limit-repeat", "race-repeat",
			"histories",
		},
		save: func(c call) error { c.d.Nonce = ""; return c.save() }},
	{name: "save knows the last nonce alone",
		breaks: []string{"save-nonce", "save-nonce-only", "histories"},
		save: func(c call) error {
			last, _ := c.memory.Load(c.id)
			if c.d.Nonce != "" && last == c.d.Nonce && c.finds() == ok {
				return nil
			}
			nonce := c.d.Nonce
			c.d.Nonce = ""
			err := c.save()
			if err == nil {
				c.memory.Store(c.id, nonce)
			}
			return err
		}},
	{name: "save looks at the nonce, then writes", breaks: []string{"race-repeat"},
		save: func(c call) error {
			key := c.id.Place + c.d.Nonce
			switch _, known := c.memory.Load(key); {
			case c.d.Nonce == "":
				return c.save()
			case known:
				return nil
			}
			time.Sleep(rand.N(time.Millisecond))
			c.memory.Store(key, true)
			c.d.Nonce = ""
			return c.save()
		}},
	{name: "a nonce belongs to the store", breaks: []string{"save-nonce-only"},
		save: func(c call) error {
			_, known := c.memory.LoadOrStore(c.d.Nonce, true)
			if known && c.d.Nonce != "" && c.finds() == ok {
				return nil
			}
			return c.save()
		}},
	{name: "the empty nonce is one, too",
		breaks: []string{"save-nonce-empty", "save-two", "limit-bytes", "histories"},
		save: func(c call) error {
			if c.d.Nonce == "" {
				c.d.Nonce = "empty"
			}
			return c.save()
		}},
	{name: "nonces are looked for in one text", breaks: []string{"save-nonce-odd"},
		save: func(c call) error {
			known, _ := c.memory.Load(c.id)
			text, _ := known.(string)
			if c.d.Nonce != "" && strings.Contains(text, c.d.Nonce) {
				return nil
			}
			c.memory.Store(c.id, text+","+c.d.Nonce)
			return c.save()
		}},
	{name: "nonces know no case", breaks: []string{"save-nonce-odd"},
		save: func(c call) error { c.d.Nonce = strings.ToLower(c.d.Nonce); return c.save() }},
	{name: "nonces are trimmed", breaks: []string{"save-nonce-odd"},
		save: func(c call) error { c.d.Nonce = strings.TrimSpace(c.d.Nonce); return c.save() }},
	{name: "a repeated save extends the life", breaks: []string{"save-nonce-only", "used-not"},
		save: also(call.save, ok, func(c call) { _ = c.refresh() })},
	{name: "save remembers the nonce of what it refused",
		breaks: []string{"limit-nothing", "histories"},
		save:   also(call.save, tooLarge, func(c call) { _ = c.with(store.Delta{Nonce: c.d.Nonce}).save() })},
}

// revivingSave is a save that creates a session in the place of a destroyed one.
var revivingSave = instead(call.save, gone, func(c call) error {
	c.forget()
	c.d.Limits = store.Limits{}
	return c.create()
})

// after returns the fields of a record when a delta was applied.
func after(r *store.Record, d store.Delta) fields {
	all := fields{}
	if !d.Clear {
		maps.Copy(all, r.Fields)
	}
	for _, key := range d.Delete {
		delete(all, key)
	}
	maps.Copy(all, d.Set)
	return all
}
