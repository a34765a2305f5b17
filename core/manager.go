package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/store"
)

// A Manager gives every request its session and stores what the request changed.
// Make one with [New] for each kind of session and share it: it is safe for
// concurrent use and does not change.
type Manager struct {
	store    store.Store
	opts     Options
	cookie   Cookie
	lines    cookieLines
	keys     *keyring
	index    store.UserIndex             // nil if the store has none
	terms    store.Delta                 // the limits of every change, and the lifetimes without a login
	longest  time.Duration               // the longest lifetime of a session
	origins  *http.CrossOriginProtection // nil if all may pass
	rejected *tally
}

// New returns a Manager that keeps sessions in the store and signs their ids with
// the secret, which has at least 32 bytes from a random source and is the same in
// all processes that share sessions. Nil options mean the defaults; New copies
// them. The error names the value that is wrong.
func New(keep store.Store, secret []byte, opts *Options) (*Manager, error) {
	if keep == nil {
		return nil, errors.New("session: the store is nil")
	}
	o := opts.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	keys, err := newKeyring(o.Cookie.Name, append([][]byte{secret}, o.VerifySecrets.all()...)...)
	if err != nil {
		return nil, err
	}
	origins, err := newOrigins(o)
	if err != nil {
		return nil, err
	}
	index, _ := keep.(store.UserIndex)
	if index == nil && o.MaxSessions > 0 {
		return nil, fmt.Errorf("session: MaxSessions is %d: %w", o.MaxSessions, errNoIndex)
	}
	return &Manager{
		origins:  origins,
		rejected: new(tally),

		store:  keep,
		opts:   o,
		cookie: o.Cookie,
		lines:  newCookieLines(o.Cookie),
		keys:   keys,
		index:  index,
		terms: store.Delta{
			Lifetimes: o.Guest.Lifetimes.stored(),
			Limits:    store.Limits{Bytes: o.MaxBytes, Fields: o.MaxKeys},
			Guest:     o.Guest.limits(o),
		},
		longest: max(o.AbsoluteTimeout, o.Remember.Absolute, o.Guest.Absolute),
	}, nil
}

// Start returns the session that the values of a request's Cookie headers name, for
// code that outlives its request, such as a stream. It verifies the cookie and does
// not call the store: that happens at the session's first use, with the values of
// ctx, but not its cancellation. Nothing sends a cookie for this session, so read
// it, or change one that is stored. Handlers use the From of their adapter.
func (m *Manager) Start(ctx context.Context, cookies ...string) *Session {
	return m.start(ctx, cookies, nil)
}

// start keeps r until the response's headers leave, and nothing of what it
// returned, which may lie in a buffer that is used again.
func (m *Manager) start(ctx context.Context, cookies []string, r adapter.Request) *Session {
	all := &struct { // in one allocation
		s       Session
		i       identity
		carrier carrier
	}{s: Session{m: m, ctx: ctx, request: r, started: time.Now()}}
	s := &all.s
	s.carrier = &all.carrier
	if len(cookies) == 0 {
		return s
	}
	proof := m.read(cookies, &all.i)
	s.cookieID, s.cookieSent = proof.id, proof.present
	switch {
	case proof.reason != "":
		m.emit(ctx, Event{Kind: EventRejected, Reason: proof.reason})
	case proof.present:
		s.life.stage, s.life.current = unread, proof.id
	}
	return s
}

// A budget is how long an operation may take, and for whom.
type budget struct {
	ctx   context.Context
	until time.Time
	// cancellable means that the operation ends with ctx. A change does not: it
	// should not depend on a client that went away.
	cancellable bool
}

func (m *Manager) budget(ctx context.Context) budget {
	return budget{ctx: ctx, until: time.Now().Add(m.opts.StoreTimeout)}
}

// perform carries out the operation. If its outcome is unknown because the store
// did not answer or the connection broke, it is repeated once: the store knows a
// repetition. The first attempt gets half of the time, so that a call that hangs
// leaves some for the second.
func (m *Manager) perform(b budget, o *operation, started time.Time) (r *store.Record, err error) {
	now := time.Now()
	if deadline, ok := b.ctx.Deadline(); ok && b.cancellable && deadline.Before(b.until) {
		b.until = deadline
	}
	half := b
	half.until = now.Add(b.until.Sub(now) / 2)
	r, err = m.attempt(half, o, started)
	if isAnswer(err) || errors.Is(err, store.ErrNotDone) || b.isOver() {
		return r, err
	}
	b.wait(repeatAfter)
	again, errAgain := m.attempt(b, o, started)
	if errors.Is(errAgain, store.ErrNotDone) {
		return nil, err // which leaves open what came of the first attempt
	}
	return again, errAgain
}

// repeatAfter is how long to wait before a call is repeated. What broke one
// connection may have broken others, which a client notices a moment later.
const repeatAfter = 5 * time.Millisecond

// wait waits for d, or until the caller gives up.
func (b budget) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	var done <-chan struct{}
	if b.cancellable {
		done = b.ctx.Done()
	}
	select {
	case <-timer.C:
	case <-done:
	}
}

// gaveUp reports whether the caller no longer waits.
func (b budget) gaveUp() bool { return b.cancellable && b.ctx.Err() != nil }

func (b budget) isOver() bool { return b.gaveUp() || !time.Now().Before(b.until) }

func (b budget) limit() *limit {
	l := new(limit)
	l.begin(b)
	return l
}

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
		return nil, m.store.Save(ctx, o.id.key, o.delta)
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

// loadUntil returns as soon as ctx is done, although the store's client may not
// look at that while it waits for a reply. A read that nobody waits for does no
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

// emit tells the hook and the logger of e. Both are foreign code, so the caller
// must hold no lock.
func (m *Manager) emit(ctx context.Context, e Event) {
	logger := m.opts.Logger
	if logger == nil {
		logger = slog.Default()
	}
	e.Log(ctx, logger)
	if e.Kind == EventRejected || e.Kind == EventExpired {
		m.rejected.log(ctx, logger)
	}
	if m.opts.OnEvent != nil {
		m.opts.OnEvent(ctx, e)
	}
}
