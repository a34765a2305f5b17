package storetest

import (
	"cmp"
	"math/rand/v2"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

var wrongRenewals = []wrong{
	{name: "renew begins a new, empty session",
		breaks: []string{"renew", "renew-delta", "race-save-renew"},
		renew:  func(c call) error { c.d.Clear = true; return c.renew() }},
	{name: "renew reads the session, drops it and creates another", breaks: []string{
		"renew", "renew-old", "race-read-renew", "race-renew", "race-renew-destroy",
		"race-save-renew", "histories",
	},
		renew: func(c call) error {
			r, err := c.load()
			if err != nil {
				return c.renew()
			}
			c.forget()
			pause()
			user := cmp.Or(c.d.Login.User, r.User)
			return c.at(c.renewedID()).with(loginSet(user, after(r, c.d))).create()
		},
		load: func(c call) (*store.Record, error) {
			time.Sleep(rand.N(time.Millisecond))
			return c.load()
		}},
	{name: "an old ID still opens the session",
		breaks: []string{"renew-old", "renew-chain", "race-renew", "race-read-renew", "histories"},
		renew:  rememberRenewal,
		load:   func(c call) (*store.Record, error) { return c.latest().load() }},
	{name: "refresh under an old ID goes to the new one",
		breaks:  []string{"renew-old", "renew-old-use", "histories"},
		renew:   rememberRenewal,
		refresh: func(c call) error { return c.latest().refresh() }},
	{name: "refresh under an old ID fails, but goes to the new one, too",
		breaks:  []string{"renew-old-use"},
		renew:   rememberRenewal,
		refresh: func(c call) error { _ = c.latest().refresh(); return c.refresh() }},
	{name: "save under an old ID fails, but extends the life",
		breaks: []string{"renew-old-use", "used-not"},
		renew:  rememberRenewal,
		save:   also(call.save, renewed, func(c call) { _ = c.latest().refresh() })},
	{name: "renew of an old ID renews the session",
		breaks: []string{"renew-old", "race-renew", "histories"},
		renew:  func(c call) error { return rememberRenewal(c.latest()) }},
	{name: "a renewal that is repeated fails",
		breaks: []string{"renew-repeat", "limit-repeat", "histories"},
		renew:  finding(renewed, lookup, call.renew)},
	{name: "a renewal that is repeated writes again", breaks: []string{"renew-repeat"},
		renew: func(c call) error {
			found := c.finds()
			if err := c.renew(); err != nil {
				return err
			}
			if found == renewed {
				_ = c.at(c.renewedID()).save()
			}
			return nil
		}},
	{name: "a renewal that is repeated brings back its ID", breaks: []string{"renew-repeat"},
		renew: func(c call) error {
			if last, ok := c.memory.Load(c.id); ok && last == c.renewedID() {
				_ = c.latest().renew()
				return nil
			}
			return rememberRenewal(c)
		}},
	{name: "renew creates what is not there",
		breaks: []string{"renew-missing", "load-unknown", "absolute", "idle"},
		renew:  instead(call.renew, notFound, func(c call) error { return c.at(c.renewedID()).create() })},
	{name: "renew brings back what was destroyed",
		breaks: []string{"destroy", "renew-repeat", "race-renew-destroy", "histories"},
		renew: instead(call.renew, gone, func(c call) error {
			c.forget()
			return c.at(c.renewedID()).create()
		})},
	{name: "renew takes no notice of the login",
		breaks: []string{"renew-login", "absolute-login", "values-users"},
		renew:  func(c call) error { c.d.Login.User = ""; return c.renew() }},
	{name: "renew takes no notice of the delta",
		breaks: []string{"renew-delta", "values-many-renewed", "race-read-renew", "histories"},
		renew: func(c call) error {
			return c.with(store.Delta{Login: c.d.Login, Lifetimes: c.d.Lifetimes}).renew()
		}},
	{name: "renew applies half of the delta", breaks: []string{"renew-delta"},
		renew: func(c call) error { c.d.Delete = nil; return c.renew() }},
	{name: "renew writes the delta, then renews", breaks: []string{"race-read-renew"},
		renew: func(c call) error {
			if err := c.save(); err != nil {
				return c.renew()
			}
			pause()
			return c.renew()
		}},
	{name: "renew restarts the absolute lifetime",
		breaks: []string{"renew", "absolute", "absolute-idle"},
		renew: seeing(call.renew, func(c *call, r *store.Record) {
			if c.d.Login.User == "" {
				c.d.Login = r.Login
			}
		})},
	{name: "renew begins a new time of creation", breaks: []string{"renew", "renew-login"},
		renew: func(c call) error {
			err := c.renew()
			if r, _ := c.at(c.renewedID()).load(); err == nil && r != nil {
				c.memory.Store(c.renewedID(), r.Now)
			}
			return err
		},
		load: func(c call) (*store.Record, error) {
			r, err := c.load()
			if renewed, ok := c.memory.Load(c.id); ok && err == nil {
				r.Created = renewed.(time.Time)
			}
			return r, err
		}},
}

// rememberRenewal keeps for good what became of an ID.
func rememberRenewal(c call) error {
	return also(call.renew, ok, func(c call) { c.memory.Store(c.id, c.renewedID()) })(c)
}
