package storetest

import (
	"errors"

	"github.com/ringsession/ringsession/core"
)

var wrongRenewals = []wrong{
	{name: "renew begins a new, empty session", breaks: []string{"renew", "renew-delta", "race-save-renew"},
		renew: func(c call) error { c.d.Clear = true; return c.renew() }},
	{name: "renew leaves no mark",
		breaks: []string{"renew-mark", "renew-grace", "renew-repeat", "destroy-renewed", "race-renew", "histories"},
		renew:  renewUnmarked(func() {})},
	{name: "renew copies the session, then destroys the old one",
		breaks: []string{"race-read-renew", "race-renew-destroy", "race-save-renew", "race-renew", "histories"},
		renew:  renewUnmarked(pause)},
	{name: "a mark never ends", breaks: []string{"renew-grace", "renew-mark-ends"},
		renew: rememberRenewal,
		load: func(c call) (*core.Record, error) {
			r, err := c.load()
			if _, marked := c.memory.Load(c.id); marked && outcomeOf(err) == notFound {
				return nil, core.ErrRenewed
			}
			return r, err
		}},
	{name: "an old id reads like one that never was",
		breaks: []string{"renew-mark", "renew-grace", "race-read-renew", "histories"},
		load: func(c call) (*core.Record, error) {
			r, err := c.load()
			if errors.Is(err, core.ErrRenewed) {
				return nil, core.ErrNotFound
			}
			return r, err
		}},
	{name: "an old id still opens the session",
		breaks: []string{"renew-mark", "renew-chain", "race-renew", "race-read-renew", "histories"},
		renew:  rememberRenewal,
		load:   func(c call) (*core.Record, error) { return c.latest().load() }},
	{name: "refresh under an old id goes to the new one", breaks: []string{"renew-mark-ends"},
		renew:   rememberRenewal,
		refresh: func(c call) error { return c.latest().refresh() }},
	{name: "a renewal that is repeated fails", breaks: []string{"renew-repeat", "histories"},
		renew: func(c call) error {
			if _, err := c.load(); err != nil && errors.Is(err, core.ErrRenewed) {
				return err
			}
			return c.renew()
		}},
	{name: "a renewal that is repeated writes again", breaks: []string{"renew-repeat"},
		renew: func(c call) error {
			_, err := c.load()
			if err := c.renew(); err != nil {
				return err
			}
			if errors.Is(err, core.ErrRenewed) {
				_ = c.at(c.next).save()
			}
			return nil
		}},
	{name: "renew overwrites", breaks: []string{"renew-taken", "histories"},
		renew: func(c call) error { return errors.Join(c.at(c.next).destroy(), c.renew()) }},
	{name: "renew creates what is not there",
		breaks: []string{"renew-missing", "destroy", "idle", "absolute", "race-renew-destroy", "histories"},
		renew: func(c call) error {
			pause()
			if err := c.renew(); outcomeOf(err) != gone {
				return err
			}
			return c.at(c.next).create()
		}},
	{name: "renew takes no notice of the login", breaks: []string{"renew-login", "absolute-login", "values-users"},
		renew: func(c call) error { c.d.Login = ""; return c.renew() }},
	{name: "renew takes no notice of the delta",
		breaks: []string{"renew-delta", "values-many-renewed", "race-read-renew", "histories"},
		renew:  func(c call) error { return c.with(core.Delta{Login: c.d.Login}).renew() }},
	{name: "renew applies half of the delta", breaks: []string{"renew-delta"},
		renew: func(c call) error { c.d.Delete = nil; return c.renew() }},
	{name: "renew restarts the absolute lifetime", breaks: []string{"renew", "absolute", "absolute-idle", "absolute-stays"},
		renew: func(c call) error {
			if r, err := c.load(); err == nil && c.d.Login == "" {
				c.d.Login = r.User
			}
			return c.renew()
		}},
}

// renewUnmarked moves a session in the steps that a store without scripts would take.
func renewUnmarked(between func()) func(call) error {
	return func(c call) error {
		r, err := c.load()
		if err != nil {
			return c.renew()
		}
		if err := c.at(c.next).with(core.Delta{Set: r.Fields, Login: r.User}).create(); err != nil {
			return err
		}
		between()
		return errors.Join(c.at(c.next).save(), c.destroy())
	}
}

// rememberRenewal keeps for good what became of an id.
func rememberRenewal(c call) error {
	err := c.renew()
	if err == nil {
		c.memory.Store(c.id, c.next)
	}
	return err
}
