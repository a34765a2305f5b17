package storetest

import (
	"time"

	"github.com/ringsession/ringsession/core/store"
)

var wrongDestroys = []wrong{
	{name: "destroy empties the session",
		breaks:  []string{"destroy", "destroy-within", "race-save-destroy", "histories"},
		destroy: func(c call) error { _ = c.with(store.Delta{Clear: true}).save(); return nil }},
	{name: "destroy empties the session, then drops it",
		breaks: []string{"race-read-destroy", "histories"},
		destroy: func(c call) error {
			_ = c.with(store.Delta{Clear: true}).save()
			pause()
			return c.destroy()
		}},
	{name: "destroy leaves no memory", breaks: []string{
		"destroy", "destroy-memory", "create-destroyed", "race-create-destroy", "race-save-destroy",
		"histories",
	},
		destroy: also(call.destroy, ok, call.forget)},
	{name: "destroy of what is not there leaves no memory",
		breaks:  []string{"destroy-repeat", "create-destroyed", "race-create-destroy", "histories"},
		create:  func(c call) error { pause(); return c.create() },
		destroy: finding(notFound, func(call) error { return nil }, call.destroy)},
	{name: "destroy minds when nothing is there", breaks: []string{"destroy-repeat", "histories"},
		destroy: finding(notFound, func(call) error { return store.ErrNotFound }, call.destroy)},
	{name: "destroy minds when it was done before",
		breaks:  []string{"destroy-repeat", "destroy-within", "histories"},
		destroy: finding(gone, lookup, call.destroy)},
	{name: "a repeated destroy begins the memory anew", breaks: []string{"destroy-memory"},
		destroy: finding(gone, func(c call) error { c.forget(); return c.destroy() }, call.destroy)},
	{name: "the memory never ends", breaks: []string{"create-destroyed", "destroy-memory"},
		destroy: func(c call) error { c.memory.Store(c.id, true); return c.destroy() },
		load: func(c call) (*store.Record, error) {
			r, err := c.load()
			if _, known := c.memory.Load(c.id); known && outcomeOf(err) == notFound {
				return nil, &store.GoneError{Ago: time.Hour}
			}
			return r, err
		}},
	{name: "destroy under an old ID always ends the session",
		breaks:  []string{"destroy-late", "renew-ago", "renew-old-use"},
		destroy: func(c call) error { c.within = ever; return c.destroy() }},
	{name: "destroy under an old ID never ends the session",
		breaks: []string{
			"destroy-within", "race-renew-destroy", "race-renew-destroy-old", "histories",
		},
		destroy: func(c call) error { c.within = -1; return c.destroy() }},
	{name: "destroy counts from another clock", breaks: []string{"destroy-late"},
		destroy: func(c call) error { c.within += idle; return c.destroy() }},
	{name: "destroy does not compare the fingerprint",
		breaks:  []string{"destroy-other", "histories"},
		destroy: func(c call) error { return c.atPlace(c.id.Place).destroy() }},
	{name: "a destroy that misses is silent", breaks: []string{"destroy-late", "renew-ago"},
		destroy: silent(call.destroy, renewed)},
	{name: "a destroy with another fingerprint is silent",
		breaks:  []string{"destroy-other", "histories"},
		destroy: silent(call.destroy, notFound)},
	{name: "destroy follows the renewals, then destroys what it found",
		breaks: []string{"race-renew-destroy", "race-renew-destroy-old"},
		renew:  func(c call) error { pause(); return rememberRenewal(c) },
		destroy: func(c call) error {
			c = c.latest()
			pause()
			pause() // longer than the renewal's, which then falls in between
			c.within = -1
			_ = c.destroy()
			return nil
		}},
	{name: "destroy ends all sessions", breaks: []string{"destroy-others", "histories"},
		create: func(c call) error { c.memory.Store(c.id, true); return c.create() },
		destroy: func(c call) error {
			c.within = ever
			c.memory.Range(func(id, _ any) bool { _ = c.at(id.(store.ID)).destroy(); return true })
			return c.destroy()
		}},
}
