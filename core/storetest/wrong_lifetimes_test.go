package storetest

import (
	"errors"

	"github.com/ringsession/ringsession/core"
)

var wrongDestroys = []wrong{
	{name: "destroy empties the session", breaks: []string{"destroy", "destroy-renewed", "race-save-destroy", "histories"},
		destroy: func(c call) error { _ = c.with(core.Delta{Clear: true, Lifetimes: life}).save(); return nil }},
	{name: "destroy empties the session, then drops it", breaks: []string{"race-read-destroy", "histories"},
		destroy: func(c call) error {
			_ = c.with(core.Delta{Clear: true, Lifetimes: life}).save()
			pause()
			return c.destroy()
		}},
	{name: "destroy does not follow marks",
		breaks: []string{"destroy-renewed", "create-renewed", "race-renew-destroy", "race-renew-destroy-old"},
		destroy: func(c call) error {
			if _, err := c.load(); errors.Is(err, core.ErrRenewed) {
				return nil
			}
			return c.destroy()
		}},
	{name: "destroy follows one mark only", breaks: []string{"destroy-renewed", "race-renew-destroy-old"},
		renew: rememberRenewal,
		destroy: func(c call) error {
			if next, ok := c.memory.Load(c.id); ok {
				c = c.at(next.(core.ID))
			}
			if _, err := c.load(); errors.Is(err, core.ErrRenewed) {
				return nil
			}
			return c.destroy()
		}},
	{name: "destroy follows the marks, then destroys what it found", breaks: []string{"race-renew-destroy-old"},
		renew: func(c call) error { pause(); return rememberRenewal(c) },
		destroy: func(c call) error {
			c = c.latest()
			pause()
			pause() // longer than the renewal's, which then falls in between
			if _, err := c.load(); errors.Is(err, core.ErrRenewed) {
				return nil
			}
			return c.destroy()
		}},
	{name: "destroy minds when nothing is there", breaks: []string{"destroy-repeat", "histories"},
		destroy: func(c call) error {
			if _, err := c.load(); outcomeOf(err) == notFound {
				return core.ErrNotFound
			}
			return c.destroy()
		}},
	{name: "destroy ends all sessions of a place", breaks: []string{"destroy-others", "histories"},
		create: func(c call) error { c.memory.Store(c.id, true); return c.create() },
		renew:  func(c call) error { c.memory.Store(c.next, true); return c.renew() },
		destroy: func(c call) error {
			c.memory.Range(func(id, _ any) bool { return c.at(id.(core.ID)).destroy() == nil })
			return nil
		}},
	{name: "a destroyed id can be saved",
		breaks:  []string{"destroy", "destroy-repeat", "race-save-destroy", "race-read-destroy", "histories"},
		destroy: func(c call) error { c.memory.Store(c.id, true); return c.destroy() },
		save: func(c call) error {
			if _, destroyed := c.memory.Load(c.id); destroyed {
				_ = c.create()
			}
			return c.save()
		}},
}

var wrongLifetimes = []wrong{
	{name: "there is no idle timeout", breaks: []string{"create", "idle", "idle-load", "idle-use", "refresh-missing"},
		every: func(c *call) error { c.d.Idle = c.d.Absolute; return nil }},
	{name: "there is no absolute timeout",
		breaks: []string{"create", "absolute", "absolute-idle", "absolute-first", "absolute-login"},
		every:  func(c *call) error { c.d.Absolute = 100 * absolute; return nil }},
	{name: "the absolute timeout begins with every save", breaks: []string{"absolute", "absolute-idle", "absolute-stays"},
		save: func(c call) error {
			if r, err := c.load(); err == nil && c.d.Login == "" {
				c.d.Login = r.User
			}
			return c.save()
		}},
	{name: "a login does not restart the absolute timeout", breaks: []string{"renew-login", "absolute-login"},
		renew: func(c call) error {
			if r, err := c.load(); err == nil && !r.LoggedIn.IsZero() {
				c.d.Login = ""
			}
			return c.renew()
		}},
	{name: "save does not extend the life", breaks: []string{"idle-use", "absolute", "absolute-idle"},
		save: func(c call) error {
			if r, err := c.load(); err == nil {
				c.d.Idle = r.Idle
			}
			return c.save()
		}},
	{name: "refresh does nothing", breaks: []string{"idle-use", "absolute", "absolute-login"},
		refresh: func(call) error { return nil }},
	{name: "the idle timeout is the store's own", breaks: []string{"idle-latest", "absolute-first"},
		every: func(c *call) error { c.d.Idle = idle; return nil }},
	{name: "refresh brings back what it remembers",
		breaks: []string{"destroy", "idle", "refresh-missing", "absolute", "race-refresh-destroy", "histories"},
		create: func(c call) error { c.memory.Store(c.id, c.d); return c.create() },
		refresh: func(c call) error {
			if d, ok := c.memory.Load(c.id); ok {
				_ = c.with(d.(core.Delta)).create()
			}
			return c.refresh()
		}},
	{name: "refresh creates", breaks: []string{"refresh-missing", "destroy", "idle", "race-refresh-destroy", "histories"},
		refresh: func(c call) error { _ = c.create(); return c.refresh() }},
	{name: "refresh looks whether the session is there, then writes", breaks: []string{"race-refresh-destroy"},
		refresh: func(c call) error {
			r, err := c.load()
			if err != nil {
				return nil
			}
			pause()
			_ = c.with(core.Delta{Set: r.Fields, Login: r.User}).create()
			return c.refresh()
		}},
	{name: "refresh of what is not there is an error", breaks: []string{"destroy", "refresh-missing", "histories"},
		refresh: func(c call) error {
			if _, err := c.load(); err != nil {
				return core.ErrGone
			}
			return c.refresh()
		}},
}
