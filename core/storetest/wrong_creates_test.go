package storetest

import (
	"errors"
	"maps"

	"github.com/ringsession/ringsession/core"
)

var wrongCreates = []wrong{
	{name: "a place is too short", breaks: []string{"place"},
		place: func() string { return "short" }},
	{name: "a place has characters that are not base64url", breaks: []string{"place"},
		place: func() string { return "place/place/" }},
	{name: "create takes no notice of the login", breaks: []string{"create-login", "create-taken", "renew"},
		create: func(c call) error { c.d.Login = ""; return c.create() }},
	{name: "create logs somebody in", breaks: []string{"create"},
		create: func(c call) error { c.d.Login = "anonymous"; return c.create() }},
	{name: "create stores nothing where there are no fields", breaks: []string{"create-empty"},
		create: func(c call) error {
			if len(c.d.Set) == 0 {
				return nil
			}
			return c.create()
		}},
	{name: "create drops fields after it has set them", breaks: []string{"create-delta"},
		create: func(c call) error {
			return errors.Join(c.create(), c.with(core.Delta{Clear: c.d.Clear, Delete: c.d.Delete}).save())
		}},
	{name: "create does not know its own nonce", breaks: []string{"create-repeat", "create-taken", "histories"},
		create: func(c call) error {
			if _, err := c.load(); err == nil {
				return core.ErrExists
			}
			return c.create()
		}},
	{name: "create overwrites", breaks: []string{"create-repeat", "create-taken", "race-create", "histories"},
		create: func(c call) error { return errors.Join(c.destroy(), c.create()) }},
	{name: "create does not look at the nonce", breaks: []string{"create-taken", "create-renewed", "race-create", "histories"},
		create: func(c call) error {
			if err := c.create(); !errors.Is(err, core.ErrExists) {
				return err
			}
			return nil
		}},
	{name: "create looks whether the id is free, then stores", breaks: []string{"race-create"},
		create: func(c call) error {
			if _, err := c.load(); outcomeOf(err) == notFound {
				pause()
				return errors.Join(c.destroy(), c.create())
			}
			return c.create()
		}},
	{name: "create remembers nonces of sessions that expired", breaks: []string{"create-expired"},
		create: func(c call) error {
			if _, known := c.memory.LoadOrStore(c.nonce, true); known && len(c.nonce) == len("nonce") {
				return nil
			}
			return c.create()
		}},
	{name: "create keeps the caller's map", breaks: []string{"create-copy"},
		create: func(c call) error { c.memory.Store(c.id, c.d.Set); return c.create() },
		load: func(c call) (*core.Record, error) {
			r, err := c.load()
			if set, ok := c.memory.Load(c.id); ok && err == nil {
				maps.Copy(r.Fields, set.(fields))
			}
			return r, err
		}},
}

var wrongLoads = []wrong{
	{name: "load creates", breaks: []string{"load-unknown", "save-missing", "destroy", "histories"},
		load: func(c call) (*core.Record, error) {
			r, err := c.load()
			if errors.Is(err, core.ErrNotFound) && !errors.Is(err, core.ErrRenewed) {
				_ = c.with(core.Delta{Lifetimes: life}).create()
			}
			return r, err
		}},
	{name: "load finds an empty session where there is none", breaks: []string{"load-unknown", "idle", "histories"},
		load: func(c call) (*core.Record, error) {
			if r, err := c.load(); err == nil {
				return r, nil
			}
			return &core.Record{}, nil
		}},
	{name: "load answers from a cache", breaks: []string{"load-copy", "save", "destroy", "idle", "histories"},
		load: func(c call) (*core.Record, error) {
			if r, ok := c.memory.Load(c.id); ok {
				return r.(*core.Record), nil
			}
			r, err := c.load()
			if err == nil {
				c.memory.Store(c.id, r)
			}
			return r, err
		}},
	{name: "load extends the life", breaks: []string{"idle", "idle-load"},
		load: func(c call) (*core.Record, error) {
			r, err := c.load()
			_ = c.with(core.Delta{Lifetimes: life}).refresh()
			return r, err
		}},
	{name: "load never says that the deadline is reached", breaks: []string{"absolute-idle", "absolute-first"},
		load: func(c call) (*core.Record, error) {
			r, err := c.load()
			if err == nil {
				r.Final = false
			}
			return r, err
		}},
}
