package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// A Manager gives every request its session and stores what the request
// changed. Make one with [New] for each kind of session, and share it. It is
// safe for concurrent use and does not change.
type Manager struct {
	store    store.Store
	opts     Options
	cookie   Cookie
	lines    cookieLines
	keys     *keyring
	index    store.UserIndex             // nil if the store has none
	terms    store.Delta                 // the limits of all changes; the lifetimes without a login
	longest  time.Duration               // the longest lifetime of a session
	origins  *http.CrossOriginProtection // nil if all origins may pass
	rejected *tally
	watches  *watches
	vary     []string // the headers that tell one session from another
}

// New returns a Manager that keeps sessions in the store and signs their ids
// with the secret. The secret must have at least 32 bytes, from a random
// source. All processes that share sessions need the same one. Nil options mean
// the defaults. New copies the options. Its error names the value that is
// wrong.
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
	vary := []string{"Cookie"}
	if o.Bearer {
		vary = append(vary, "Authorization")
	}
	return &Manager{
		origins:  origins,
		rejected: new(tally),
		vary:     vary,

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
		watches: &watches{interval: o.WatchInterval},
		longest: max(o.AbsoluteTimeout, o.Remember.Absolute, o.Guest.Absolute),
	}, nil
}

// emit passes e to the logger and the hook. Both are foreign code, so the
// caller must hold no lock.
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
