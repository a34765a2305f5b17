package storetest

import (
	"errors"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

var wrongLifetimes = []wrong{
	{name: "there is no idle timeout",
		breaks: []string{"create", "idle", "idle-load", "idle-use", "refresh-missing"},
		every:  func(c *call) error { c.d.Idle = c.d.Absolute; return nil }},
	{name: "there is no absolute timeout",
		breaks: []string{"create", "absolute", "absolute-idle", "absolute-first", "absolute-login"},
		every:  func(c *call) error { c.d.Absolute = 100 * absolute; return nil }},
	{name: "a save is another login of the user",
		breaks: []string{"absolute", "absolute-idle", "idle-own", "lock-own"},
		save:   seeing(call.save, func(c *call, r *store.Record) { c.d.Login = r.Login })},
	{name: "a login does not restart the absolute timeout",
		breaks: []string{"renew-login", "absolute-login", "login-lifetimes"},
		renew: seeing(call.renew, func(c *call, r *store.Record) {
			if r.User != "" {
				c.d.Login.User = ""
			}
		})},
	{name: "a login keeps the idle timeout", breaks: []string{"login-lifetimes", "idle-exact"},
		renew: seeing(call.renew, func(c *call, r *store.Record) { c.d.Idle = r.Idle })},
	{name: "save does not extend the life", breaks: []string{"idle-use"},
		save: seeing(call.save, func(c *call, r *store.Record) {
			c.d.Login, c.d.Idle, c.d.Absolute = r.Login, r.Left, r.Deadline.Sub(r.Now)
		})},
	{name: "refresh does nothing",
		breaks: []string{
			"idle-use", "absolute", "absolute-login", "refresh-missing", "used", "lock-use",
		},
		refresh: func(call) error { return nil }},
	{name: "refresh empties the session", breaks: []string{"refresh", "idle-use"},
		refresh: func(c call) error {
			return errors.Join(c.refresh(), c.with(store.Delta{Clear: true}).save())
		}},
	{name: "the idle timeout is the store's own",
		breaks: []string{"idle-exact", "login-lifetimes", "absolute-first"},
		every:  func(c *call) error { c.d.Idle = idle; return nil }},
	{name: "lifetimes are in seconds", breaks: []string{"idle-exact"},
		every: func(c *call) error { c.d.Idle = c.d.Idle.Truncate(time.Second); return nil }},
	{name: "lifetimes fit into 32 bits of milliseconds", breaks: []string{"idle-exact"},
		every: func(c *call) error { c.d.Idle = min(c.d.Idle, 1<<31*time.Millisecond); return nil }},
	{name: "refresh brings back what it remembers",
		breaks: []string{"idle", "refresh-missing", "absolute"},
		create: func(c call) error { c.memory.Store(c.id, c.d); return c.create() },
		refresh: func(c call) error {
			if d, ok := c.memory.Load(c.id); ok && c.finds() == notFound {
				_ = c.with(d.(store.Delta)).create()
			}
			return c.refresh()
		}},
	{name: "refresh brings back what was destroyed",
		breaks:  []string{"destroy", "refresh-missing", "race-refresh-destroy", "histories"},
		refresh: instead(call.refresh, gone, func(c call) error { c.forget(); return c.create() })},
	{name: "refresh creates",
		breaks:  []string{"refresh-missing", "load-unknown", "idle", "histories"},
		refresh: func(c call) error { _ = c.create(); return c.refresh() }},
	{name: "refresh looks whether the session is there, then writes",
		breaks: []string{"race-refresh-destroy"},
		refresh: func(c call) error {
			r, err := c.load()
			if err != nil {
				return err
			}
			pause()
			if c.finds() == gone {
				c.forget()
			}
			_ = c.with(store.Delta{Set: r.Fields, Login: r.Login}).create()
			return c.refresh()
		}},
	{name: "refresh of what is not there is silent",
		breaks:  []string{"refresh-missing", "idle", "load-unknown", "histories"},
		refresh: silent(call.refresh, notFound)},
	{name: "refresh of a destroyed session is silent",
		breaks:  []string{"refresh-missing", "destroy", "histories"},
		refresh: silent(call.refresh, gone)},
}
