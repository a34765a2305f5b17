package storetest

import (
	"cmp"
	"strings"

	"github.com/ringsession/ringsession/core/store"
)

var wrongLogins = []wrong{
	{name: "a login is its user", breaks: []string{"login", "login-again", "login-odd"},
		every: func(c *call) error { c.d.Login = store.Login{User: c.d.Login.User}; return nil }},
	{name: "a login keeps what it does not bring", breaks: []string{"login-again"},
		renew: seeing(call.renew, func(c *call, r *store.Record) {
			c.d.Login.External = cmp.Or(c.d.Login.External, r.External)
			c.d.Login.About = cmp.Or(c.d.Login.About, r.About)
		})},
	{name: "a renewal drops what the login brought", breaks: []string{"login", "login-none"},
		renew: func(c call) error { c.memory.Store(c.renewedID(), c.d.Login); return c.renew() },
		load: func(c call) (*store.Record, error) {
			r, err := c.load()
			if brought, renewed := c.memory.Load(c.id); renewed && err == nil {
				r.External, r.About = brought.(store.Login).External, brought.(store.Login).About
			}
			return r, err
		}},
	{name: "an external id logs somebody in", breaks: []string{"login-none"},
		every: func(c *call) error {
			if c.d.Login.External != "" {
				c.d.Login.User = cmp.Or(c.d.Login.User, "anonymous")
			}
			return nil
		}},
	{name: "what a login brings is cut after 255 bytes", breaks: []string{"login-odd"},
		every: func(c *call) error {
			c.d.Login.About = c.d.Login.About[:min(255, len(c.d.Login.About))]
			return nil
		}},
	{name: "an external id is trimmed", breaks: []string{"login-odd"},
		every: func(c *call) error {
			c.d.Login.External = strings.TrimSpace(c.d.Login.External)
			return nil
		}},

	{name: "the last use is worked out from the time left", breaks: []string{"used", "lock-use"},
		load: onLoad(func(r *store.Record) { r.Used = r.Now.Add(r.Left - r.Idle) })},
	{name: "the last use is known to a tenth of the idle timeout", breaks: []string{"used"},
		load: onLoad(func(r *store.Record) {
			r.Used = r.Now.Add(-r.Now.Sub(r.Used).Truncate(r.Idle / 10))
		})},
	{name: "the last use is the creation", breaks: []string{"used", "lock-use", "lock-unlock"},
		load: onLoad(func(r *store.Record) { r.Used = r.Created })},
	{name: "the last use is the load", breaks: []string{"used", "used-not", "lock"},
		load: onLoad(func(r *store.Record) { r.Used = r.Now })},
}

var wrongUsers = []wrong{
	{name: "destroy returns no user", breaks: []string{"destroy-user", "race-destroy", "histories"},
		destroy: func(c call) error { err := c.destroy(); *c.user = ""; return err }},
	{name: "a repeated destroy returns the user again",
		breaks: []string{"destroy-user", "race-destroy"},
		destroy: func(c call) error {
			err := c.destroy()
			if user, _ := c.memory.LoadOrStore(c.id.Place, *c.user); user != "" {
				*c.user = user.(string)
			}
			return err
		}},
	{name: "a destroy that missed returns the user", breaks: []string{"destroy-missed"},
		renew: rememberRenewal,
		destroy: func(c call) error {
			err := c.destroy()
			if r, _ := c.latest().load(); r != nil {
				*c.user = r.User
			}
			return err
		}},
	{name: "destroy returns the user of the first login", breaks: []string{"destroy-user"},
		create: func(c call) error { c.memory.Store(c.id.Place, c.d.Login.User); return c.create() },
		destroy: func(c call) error {
			err := c.destroy()
			if first, known := c.memory.Load(c.id.Place); known && *c.user != "" {
				*c.user = first.(string)
			}
			return err
		}},
	{name: "destroy reads the user, then destroys", breaks: []string{"race-destroy"},
		renew: rememberRenewal,
		destroy: func(c call) error {
			r, _ := c.latest().load()
			pause()
			err := c.destroy()
			if r != nil {
				*c.user = r.User
			}
			return err
		}},
	{name: "the user that destroy returns is text", breaks: []string{"destroy-user"},
		destroy: func(c call) error {
			err := c.destroy()
			*c.user = strings.ToValidUTF8(*c.user, "?")
			return err
		}},
}
