package core

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// A Manager gives every request its session and stores what the request changed. Make one with [New] for each kind of
// session and share it: it is safe for concurrent use and does not change.
type Manager struct {
	store  Store
	opts   Options
	cookie Cookie
	lines  cookieLines
	keys   *keyring
	life   Lifetimes

	origins *http.CrossOriginProtection // nil if all may pass
}

// New returns a Manager that keeps sessions in the store and signs their ids with the secret, which has at least 32 bytes
// from a random source and is the same in all processes that share sessions. Nil options mean the defaults; New copies
// them. The error names the value that is wrong.
func New(store Store, secret []byte, opts *Options) (*Manager, error) {
	if store == nil {
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
	return &Manager{
		origins: origins,

		store:  store,
		opts:   o,
		cookie: o.Cookie,
		lines:  newCookieLines(o.Cookie, o.AbsoluteTimeout),
		keys:   keys,
		life: Lifetimes{
			Idle:     o.IdleTimeout.Truncate(time.Millisecond),
			Absolute: o.AbsoluteTimeout.Truncate(time.Millisecond),
		},
	}, nil
}

// Start returns the session of a request, given the values of its Cookie headers. It verifies the cookie and does not call
// the store: that happens at the session's first use, with the values of ctx, the request's context, but not its cancellation.
//
// Nothing of the cookies is kept, so they may lie in a buffer that is used again. Adapters call Start before the handler and
// [Manager.Commit] before the headers leave.
func (m *Manager) Start(ctx context.Context, cookies []string) *Session {
	s := &Session{m: m, ctx: ctx, state: absent}
	if len(cookies) == 0 {
		return s
	}
	proof := m.read(cookies)
	s.id, s.held, s.cookieSent = proof.id, proof.id, proof.present
	switch {
	case proof.reason != "":
		m.emit(ctx, ID{}, Event{Kind: EventRejected, Reason: proof.reason})
	case proof.present:
		s.state = unread
	}
	return s
}

// call runs one operation of the store within the store timeout, whether the caller's context is done or not.
func (m *Manager) call(ctx context.Context, op string, id ID, f func(context.Context) error) error {
	return m.callWithin(detachedTimeout(ctx, m.opts.StoreTimeout), op, id, f)
}

// callWithin runs one operation of the store. The answers that a store gives for what it found pass through; any other error
// is wrapped, and reported unless it was the caller who gave up.
func (m *Manager) callWithin(l *limit, op string, id ID, f func(context.Context) error) error {
	defer l.end()
	err := f(l)
	switch {
	case err == nil, errors.Is(err, ErrNotFound), errors.Is(err, ErrGone), errors.Is(err, ErrCorrupt):
		return err
	case l.detached || l.Context.Err() == nil:
		m.emit(l.Context, id, Event{Kind: EventStoreError, Op: op, Err: err})
	}
	return &storeError{op, err}
}
