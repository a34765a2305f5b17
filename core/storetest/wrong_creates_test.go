package storetest

import (
	"errors"
	"maps"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

var wrongCreates = []wrong{
	{name: "a place is too short", breaks: []string{"place"},
		place: func() string { return "short" }},
	{name: "a place has characters that are not base64url", breaks: []string{"place"},
		place: func() string { return "place/place/" }},
	{name: "there is only one place", breaks: []string{"place"},
		place: func() string { return "placeplacepl" }},
	{name: "create takes no notice of the login",
		breaks: []string{"create-login", "create-taken", "renew"},
		create: func(c call) error { c.d.Login.User = ""; return c.create() }},
	{name: "create logs somebody in", breaks: []string{"create"},
		create: func(c call) error { c.d.Login.User = "anonymous"; return c.create() }},
	{name: "create stores nothing where there are no fields", breaks: []string{"create-empty"},
		create: func(c call) error {
			if len(c.d.Set) == 0 {
				return nil
			}
			return c.create()
		}},
	{name: "create drops fields after it has set them", breaks: []string{"create-delta"},
		create: func(c call) error {
			dropped := store.Delta{Clear: c.d.Clear, Delete: c.d.Delete}
			return errors.Join(c.create(), c.with(dropped).save())
		}},
	{name: "create does not know its own session",
		breaks: []string{"create-repeat", "create-taken", "limit-create", "histories"},
		create: finding(ok, func(call) error { return store.ErrExists }, call.create)},
	{name: "create overwrites", breaks: []string{
		"create-repeat", "create-taken", "create-renewed", "create-destroyed", "race-create",
		"race-create-destroy",
		"histories",
	},
		create: func(c call) error { c.forget(); return c.create() }},
	{name: "create takes every session at its place for its own",
		breaks: []string{
			"create-taken", "create-renewed", "create-destroyed", "race-create", "histories",
		},
		create: silent(call.create, exists)},
	{name: "create looks whether the place is free, then stores", breaks: []string{"race-create"},
		create: func(c call) error {
			if _, taken := c.memory.Load(c.id.Place); taken {
				return c.create()
			}
			pause()
			c.memory.Store(c.id.Place, true)
			c.forget()
			return c.create()
		}},
	{name: "create does not look whether a session was destroyed there",
		breaks: []string{"create-destroyed", "race-create-destroy", "histories"},
		create: finding(gone, func(c call) error { c.forget(); return c.create() }, call.create)},
	{name: "create remembers sessions that expired", breaks: []string{"create-expired"},
		create: func(c call) error {
			if _, known := c.memory.LoadOrStore(c.id, true); known && c.finds() == notFound {
				return nil
			}
			return c.create()
		}},
	{name: "a repeated create extends the life", breaks: []string{"create-repeat"},
		create: func(c call) error { return errors.Join(c.create(), c.refresh()) }},
	{name: "create keeps the caller's map", breaks: []string{"create-copy"},
		create: func(c call) error { c.memory.Store(c.id, c.d.Set); return c.create() },
		load: func(c call) (*store.Record, error) {
			r, err := c.load()
			if set, ok := c.memory.Load(c.id); ok && err == nil {
				maps.Copy(r.Fields, set.(fields))
			}
			return r, err
		}},
}

var wrongLoads = []wrong{
	{name: "load creates", breaks: []string{"load-unknown", "save-missing", "idle", "histories"},
		load: func(c call) (*store.Record, error) {
			r, err := c.load()
			if errors.Is(err, store.ErrNotFound) {
				_ = c.with(store.Delta{}).create()
			}
			return r, err
		}},
	{name: "load finds an empty session where there is none",
		breaks: []string{"load-unknown", "idle", "histories"},
		load: func(c call) (*store.Record, error) {
			if r, err := c.load(); err == nil {
				return r, nil
			}
			return &store.Record{}, nil
		}},
	{name: "load answers from a cache",
		breaks: []string{"load-copy", "save", "destroy", "idle", "histories"},
		load: func(c call) (*store.Record, error) {
			if r, ok := c.memory.Load(c.id); ok {
				return r.(*store.Record), nil
			}
			r, err := c.load()
			if err == nil {
				c.memory.Store(c.id, r)
			}
			return r, err
		}},
	{name: "load does not compare the fingerprint",
		breaks: []string{
			"load-other", "renew-old", "renew-chain", "race-create", "race-read-renew", "histories",
		},
		load: func(c call) (*store.Record, error) { return c.atPlace(c.id.Place).load() }},
	{name: "load extends the life", breaks: []string{"idle", "idle-load"},
		load: func(c call) (*store.Record, error) {
			r, err := c.load()
			_ = c.refresh()
			return r, err
		}},
	{name: "the time left is always the idle timeout",
		breaks: []string{"idle", "absolute-idle", "absolute-first"},
		load:   onLoad(func(r *store.Record) { r.Left = r.Idle })},
	{name: "the time left is rounded up", breaks: []string{"absolute-idle", "absolute-first"},
		load: onLoad(func(r *store.Record) { r.Left = r.Left.Truncate(time.Second) + time.Second })},
	{name: "now is the caller's clock", breaks: []string{"clock"},
		load: onLoad(func(r *store.Record) { r.Now = time.Now() })},
	{name: "the deadline is not there", breaks: []string{"create", "clock"},
		load: onLoad(func(r *store.Record) { r.Deadline = time.Time{} })},
	{name: "the creation is the last use", breaks: []string{"clock"},
		load: onLoad(func(r *store.Record) { r.Created = r.Now })},
	{name: "a renewed ID reads like one that never was",
		breaks: []string{"renew-old", "renew-ago", "race-read-renew", "histories"},
		load: onError(func(e *store.GoneError) error {
			if e.Renewed {
				return store.ErrNotFound
			}
			return e
		})},
	{name: "a renewal is forgotten after 20 s", breaks: []string{"renew-ago"},
		load: onError(func(e *store.GoneError) error {
			if e.Renewed && e.Ago > 20*time.Second {
				return store.ErrNotFound
			}
			return e
		})},
	{name: "the end of a session is forgotten after 20 s",
		breaks: []string{"create-destroyed", "destroy-memory"},
		load: onError(func(e *store.GoneError) error {
			if !e.Renewed && e.Ago > 20*time.Second {
				return store.ErrNotFound
			}
			return e
		})},
	{name: "a session that ended reads like one that never was",
		breaks: []string{
			"destroy", "destroy-repeat", "destroy-memory", "race-read-destroy", "histories",
		},
		load: onError(func(e *store.GoneError) error {
			if !e.Renewed {
				return store.ErrNotFound
			}
			return e
		})},
	{name: "a session that ended reads like one that was renewed",
		breaks: []string{
			"destroy", "destroy-repeat", "create-destroyed", "race-read-destroy", "histories",
		},
		load: onError(func(e *store.GoneError) error {
			return &store.GoneError{Ago: e.Ago, Renewed: true}
		})},
	{name: "everything was a moment ago", breaks: []string{"renew-ago", "destroy-memory"},
		load: onError(func(e *store.GoneError) error { return &store.GoneError{Renewed: e.Renewed} })},
}

// onLoad is a load that changes what was found.
func onLoad(change func(*store.Record)) func(call) (*store.Record, error) {
	return func(c call) (*store.Record, error) {
		r, err := c.load()
		if err == nil {
			change(r)
		}
		return r, err
	}
}

// onError is a load that changes how the end of a session is told.
func onError(change func(*store.GoneError) error) func(call) (*store.Record, error) {
	return func(c call) (*store.Record, error) {
		r, err := c.load()
		var e *store.GoneError
		if errors.As(err, &e) {
			err = change(e)
		}
		return r, err
	}
}
