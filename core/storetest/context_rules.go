package storetest

import (
	"context"
	"time"

	"github.com/ringsession/ringsession/core"
)

// soon is how long a call may go on after its context is done: many times what a busy machine needs.
const soon = 10 * time.Second

// calls are the store's calls by their names: a create of a new session, the others on the session given.
func calls(x *trial, id core.ID) map[string]func(context.Context) error {
	fresh, next, d := x.newID(), x.next(id), withLife(core.Delta{Set: fields{"b": "2"}})
	return map[string]func(context.Context) error{
		"create":  func(ctx context.Context) error { return x.store.Create(ctx, fresh, "n", d) },
		"load":    func(ctx context.Context) error { _, err := x.store.Load(ctx, id); return err },
		"save":    func(ctx context.Context) error { return x.store.Save(ctx, id, d) },
		"refresh": func(ctx context.Context) error { return x.store.Refresh(ctx, id, life) },
		"renew":   func(ctx context.Context) error { return x.store.Renew(ctx, id, next, d) },
		"destroy": func(ctx context.Context) error { return x.store.Destroy(ctx, id) },
	}
}

func contextCancelled(x *trial) {
	ctx, cancel := context.WithCancel(background)
	cancel()
	x.refused(ctx, "a cancelled context")
}

func contextExpired(x *trial) {
	ctx, cancel := context.WithTimeout(background, -time.Second)
	defer cancel()
	x.refused(ctx, "a context whose deadline is over")
}

// refused checks that calls with the context fail, and that the failure does not read like the end of the session.
func (x *trial) refused(ctx context.Context, kind string) {
	for _, name := range []string{"create", "load", "save", "refresh", "renew", "destroy"} {
		err := x.inTime(ctx, name, calls(x, x.create(core.Delta{Set: fields{"a": "1"}}))[name])
		x.expect(err, []outcome{failed}, "%s with %s", name, kind)
	}
}

func contextInTime(x *trial) {
	ctx, cancel := context.WithTimeout(background, 6*soon)
	defer cancel()
	for _, name := range []string{"create", "load", "save", "refresh", "renew", "destroy"} {
		err := x.inTime(ctx, name, calls(x, x.create(core.Delta{}))[name])
		x.expect(err, []outcome{ok}, "%s with a context whose deadline is far", name)
	}
}

func contextRunsOut(x *trial) {
	id := x.create(core.Delta{Set: fields{"a": "1"}})
	for i := range 50 {
		ctx, cancel := context.WithTimeout(background, time.Duration(i)*10*time.Microsecond)
		for _, name := range []string{"load", "save", "refresh"} {
			err := x.inTime(ctx, name, calls(x, id)[name])
			x.expect(err, []outcome{ok, failed}, "%s with a deadline in %d microseconds", name, 10*i)
		}
		cancel()
	}
	x.save(id, core.Delta{Set: fields{"b": "3"}}, nil)
	x.holds(id, fields{"a": "1", "b": "3"})
}

// inTime makes the call, which must not hang.
func (x *trial) inTime(ctx context.Context, name string, call func(context.Context) error) error {
	result := make(chan error, 1)
	go func() { result <- call(ctx) }()
	select {
	case err := <-result:
		return err
	case <-time.After(soon):
		x.fail("%s has not returned after %v", name, soon)
		return nil
	}
}
