package storetest

import "github.com/ringsession/ringsession/core/store"

var wrongLocks = []wrong{
	{name: "nothing locks", breaks: []string{
		"lock", "lock-own", "lock-use", "lock-unlock", "lock-repeat", "lock-login", "lock-deadline",
	},
		every: func(c *call) error { c.d.Locks = false; return nil }},
	{name: "a login does not decide whether the session locks", breaks: []string{"lock-own"},
		renew: seeing(call.renew, func(c *call, r *store.Record) { c.d.Locks = r.Locks })},
	{name: "the time left is until the session locks",
		breaks: []string{"lock", "lock-own", "lock-use"},
		load:   onLocking(func(r *store.Record) { r.Left = max(r.Used.Add(r.Idle).Sub(r.Now), 1) })},
	{name: "no call is a use of a session that locks", breaks: []string{"lock-use", "lock-unlock"},
		load: onLocking(func(r *store.Record) { r.Used = r.LoggedIn })},
	{name: "a save unlocks", breaks: []string{"lock"},
		save: func(c call) error { c.d.Unlock = true; return c.save() }},
	{name: "a renewal unlocks", breaks: []string{"lock"},
		renew: func(c call) error { c.d.Unlock = true; return c.renew() }},
	{name: "a locked session refuses saves", breaks: []string{"lock"},
		save: unlessLocked(call.save)},
	{name: "a locked session refuses logins", breaks: []string{"lock-login"},
		renew: func(c call) error {
			if c.d.Login.User == "" {
				return c.renew()
			}
			return unlessLocked(call.renew)(c)
		}},
	{name: "a locked session cannot be destroyed", breaks: []string{"lock-destroy"},
		renew:   rememberRenewal,
		destroy: func(c call) error { return unlessLocked(call.destroy)(c.latest()) }},
	{name: "nothing unlocks but a login", breaks: []string{"lock-unlock"},
		renew: func(c call) error { c.d.Unlock = false; return c.renew() }},
	{name: "what unlocks restarts the absolute lifetime", breaks: []string{"lock-unlock"},
		renew: seeing(call.renew, func(c *call, r *store.Record) {
			if c.d.Unlock {
				c.d.Login, c.d.Locks = r.Login, r.Locks
			}
		})},
	{name: "a renewal that is repeated unlocks", breaks: []string{"lock-repeat"},
		renew: func(c call) error {
			found := c.finds()
			err := c.renew()
			if err == nil && found == renewed && c.d.Unlock {
				_ = c.at(c.renewedID()).with(store.Delta{Unlock: true}).save()
			}
			return err
		}},
	{name: "a renewal that is refused unlocks", breaks: []string{"lock-repeat"},
		renew: also(call.renew, tooLarge, func(c call) { _ = c.with(store.Delta{Unlock: true}).save() })},
	{name: "a session that locks has no deadline", breaks: []string{"lock-deadline", "lock-own"},
		every: func(c *call) error {
			if c.d.Locks {
				c.d.Absolute = 100 * absolute
			}
			return nil
		}},
}

// onLocking is a load that changes what was found of a session that locks.
func onLocking(change func(*store.Record)) func(call) (*store.Record, error) {
	return onLoad(func(r *store.Record) {
		if r.Locks {
			change(r)
		}
	})
}

// unlessLocked is a call that is refused if the session is locked.
func unlessLocked(do func(call) error) func(call) error {
	return func(c call) error {
		if r, err := c.load(); err == nil && r.Locks && r.Now.Sub(r.Used) >= r.Idle {
			return errRefused
		}
		return do(c)
	}
}
