package storetest

import (
	"context"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// soon is how long a call may go on after its context is done: many times what
// a busy machine needs.
const soon = 10 * time.Second

// callNames are the calls that the store has.
func (x *trial) callNames() []string {
	names := []string{"create", "load", "save", "refresh", "renew", "destroy"}
	if _, indexed := x.store.(store.UserIndex); indexed {
		names = append(names, "list", "end")
	}
	return names
}

// calls are the store's calls by their names: a create of a new session, lists
// and ends of nobody's sessions, the others on the session given.
func calls(x *trial, id store.ID) map[string]func(context.Context) error {
	fresh, next, d := x.newID(), x.next(id).Fingerprint, withLife(set("b", "2"))
	of := ofUser(stranger("ada"))
	return map[string]func(context.Context) error{
		"create":  func(ctx context.Context) error { return x.store.Create(ctx, fresh, d) },
		"load":    func(ctx context.Context) error { _, err := x.store.Load(ctx, id); return err },
		"save":    func(ctx context.Context) error { return x.store.Save(ctx, id, d) },
		"refresh": func(ctx context.Context) error { return x.store.Refresh(ctx, id) },
		"renew":   func(ctx context.Context) error { return x.store.Renew(ctx, id, next, d) },
		"destroy": func(ctx context.Context) error {
			_, err := x.store.Destroy(ctx, id, ever)
			return err
		},
		"list": func(ctx context.Context) error {
			_, err := x.index().List(ctx, of, store.Query{})
			return err
		},
		"end": func(ctx context.Context) error {
			_, err := x.index().End(ctx, of, store.Ending{})
			return err
		},
	}
}

func contextCancelled(x *trial) {
	ctx, cancel := context.WithCancel(background)
	cancel()
	x.fails(ctx, "a cancelled context")
}

func contextExpired(x *trial) {
	ctx, cancel := context.WithTimeout(background, -time.Second)
	defer cancel()
	x.fails(ctx, "a context whose deadline is over")
}

// fails checks that calls with the context fail, and that the failure does not
// read like the end of the session.
func (x *trial) fails(ctx context.Context, kind string) {
	for _, name := range x.callNames() {
		err := x.inTime(ctx, name, calls(x, x.create(set("a", "1")))[name])
		x.expect(err, []outcome{failed, refused}, "%s with %s", name, kind)
	}
}

func contextInTime(x *trial) {
	ctx, cancel := context.WithTimeout(background, 6*soon)
	defer cancel()
	for _, name := range x.callNames() {
		err := x.inTime(ctx, name, calls(x, x.create(store.Delta{}))[name])
		x.expect(err, []outcome{ok}, "%s with a context whose deadline is far", name)
	}
}

// contextRunsOut writes the same in all saves, because one that failed may take
// effect after one that did not.
func contextRunsOut(x *trial) {
	id := x.create(set("a", "1"))
	for i := range 50 {
		ctx, cancel := context.WithTimeout(background, time.Duration(i)*10*time.Microsecond)
		for _, name := range []string{"load", "save", "refresh"} {
			err := x.inTime(ctx, name, calls(x, id)[name])
			want := []outcome{ok, failed, refused}
			x.expect(err, want, "%s with a deadline in %d microseconds", name, 10*i)
		}
		cancel()
	}
	x.save(id, store.Delta{Set: fields{"b": "2", "c": "3"}}, ok)
	x.holds(id, fields{"a": "1", "b": "2", "c": "3"})
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
