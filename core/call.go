package core

import (
	"context"
	"errors"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// perform carries out the operation. If the store did not answer or the
// connection broke, the outcome is unknown. Then perform repeats the operation
// once: the store recognizes a repetition. The first attempt gets half of the
// time, so that a call that hangs leaves time for the second.
func (m *Manager) perform(b budget, o *operation, started time.Time) (r *store.Record, err error) {
	now := time.Now()
	if deadline, ok := b.ctx.Deadline(); ok && b.cancellable && deadline.Before(b.until) {
		b.until = deadline
	}
	half := b
	half.until = now.Add(b.until.Sub(now) / 2)
	r, err = m.attempt(half, o, started)
	if isAnswer(err) || errors.Is(err, store.ErrNotDone) || errors.Is(err, store.ErrForgotten) ||
		b.isOver() {
		return r, err
	}
	b.wait(repeatAfter)
	again, errAgain := m.attempt(b, o, started)
	if errors.Is(errAgain, store.ErrNotDone) {
		return nil, err // the outcome of the first attempt is still unknown
	}
	return again, errAgain
}

// repeatAfter is how long to wait before a call is repeated. Whatever broke one
// connection may have broken others, and the client notices that a moment
// later.
const repeatAfter = 5 * time.Millisecond

func (m *Manager) attempt(b budget, o *operation, started time.Time) (r *store.Record, err error) {
	ctx := &o.limit
	if !ctx.begin(b) {
		ctx = b.limit()
	}
	defer ctx.end()
	switch o.kind {
	case opLoad:
		if b.cancellable && b.ctx.Done() != nil {
			return m.loadUntil(ctx, o)
		}
		return m.store.Load(ctx, o.id.key)
	case opCreate:
		return nil, m.store.Create(ctx, o.id.key, o.delta)
	case opSave:
		return nil, m.store.Save(ctx, o.id.key, o.changes.once.attempt(o.delta))
	case opRenew:
		return nil, m.store.Renew(ctx, o.id.key, o.next.key.Fingerprint, o.delta)
	case opRefresh:
		return nil, m.store.Refresh(ctx, o.id.key)
	case opDestroy:
		user, err := m.store.Destroy(ctx, o.id.key, time.Since(started)+grace)
		return &store.Record{Login: store.Login{User: user}}, err
	}
	panic("session: unknown operation " + string(o.kind))
}

// loadUntil returns as soon as ctx is done. The store's client may not look at
// ctx while it waits for a reply. A read whose result nobody wants does no
// harm.
func (m *Manager) loadUntil(ctx context.Context, o *operation) (*store.Record, error) {
	type found struct {
		r       *store.Record
		err     error
		failure any // a panic, which belongs to the caller's goroutine
	}
	reply := make(chan found, 1)
	go func() {
		var f found
		defer func() {
			f.failure = recover()
			reply <- f
		}()
		f.r, f.err = m.store.Load(ctx, o.id.key)
	}()
	select {
	case f := <-reply:
		if f.failure != nil {
			panic(f.failure)
		}
		return f.r, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// newID returns the id of a session to create.
func (m *Manager) newID(b budget) (id, error) {
	placer, ok := m.store.(store.Placer)
	if !ok {
		place, err := randomText(store.PlaceLen / 4 * 3)
		if err != nil {
			return id{}, err
		}
		return newID(place)
	}
	ctx := b.limit()
	defer ctx.end()
	place, err := placer.NewPlace(ctx)
	if err != nil {
		return id{}, &storeError{"new place", err}
	}
	return newID(place)
}

func (m *Manager) budget(ctx context.Context) budget {
	return budget{ctx: ctx, until: time.Now().Add(m.opts.StoreTimeout)}
}
