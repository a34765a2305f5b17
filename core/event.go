package core

import (
	"context"
	"log/slog"
)

// An EventKind says what happened to a session.
type EventKind string

// The kinds of events. Each thing that happens gives exactly one.
const (
	EventCreated    EventKind = "created"     // a session was stored for the first time
	EventLoaded     EventKind = "loaded"      // a stored session was read
	EventRenewed    EventKind = "renewed"     // it moved to a new id, by a login or by Renew
	EventDestroyed  EventKind = "destroyed"   // it was ended by Logout or Destroy
	EventRejected   EventKind = "rejected"    // a cookie gave no session; Reason says why
	EventRefused    EventKind = "refused"     // a request was refused; Reason says why
	EventGone       EventKind = "gone"        // changes were discarded: the session ended or was renewed meanwhile
	EventLost       EventKind = "lost"        // changes could not be stored by the program's mistake; Err says which
	EventStoreError EventKind = "store error" // a call to the store failed; Op and Err say which and why

	EventBreakerOpen   EventKind = "breaker open"   // a shard fails, and calls to it fail at once; Shard and Err say which and why
	EventBreakerClosed EventKind = "breaker closed" // the shard works again
)

// An Event tells of one thing that happened. It never holds an id.
type Event struct {
	Kind    EventKind // what happened
	Session string    // keyed hash of the id: the same id gives the same hash as long as the secret stays; "" without an id
	User    string    // for created and renewed: the user logged in by it, if any
	Reason  string    // for rejected and refused
	Op      string    // for store error: new place, create, load, save, renew, refresh or destroy
	Shard   string    // for breaker open and closed
	Err     error     // for store error, lost and breaker open
}

// Reasons for which a cookie that verifies gives no session.
const (
	reasonNotFound = "no session is stored under the id"
	reasonRenewed  = "the id was renewed"
	reasonCorrupt  = "the record is corrupt"
)

func (e Event) level() slog.Level {
	switch {
	case e.Kind == EventStoreError, e.Kind == EventBreakerOpen:
		return slog.LevelError
	case e.Kind == EventLost, e.Kind == EventBreakerClosed, e.Reason == reasonCorrupt:
		return slog.LevelWarn
	case e.Kind == EventRejected, e.Kind == EventRefused, e.Kind == EventGone:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// emit tells the hook and the logger of e, which happened to the session with the id. The hash of the id is computed only
// if somebody listens.
func (m *Manager) emit(ctx context.Context, id ID, e Event) {
	logger := m.opts.Logger
	if logger == nil {
		logger = slog.Default()
	}
	if m.opts.OnEvent == nil && !logger.Enabled(ctx, e.level()) {
		return
	}
	if !id.IsZero() {
		e.Session = m.keys.pseudonym(id)
	}
	e.Log(ctx, logger)
	if m.opts.OnEvent != nil {
		m.opts.OnEvent(ctx, e)
	}
}

// Log writes the event as a record, at the level that [Options.Logger] lists.
func (e Event) Log(ctx context.Context, logger *slog.Logger) {
	if level := e.level(); logger.Enabled(ctx, level) {
		logger.LogAttrs(ctx, level, "session "+string(e.Kind), e.attrs()...)
	}
}

func (e Event) attrs() []slog.Attr {
	var attrs []slog.Attr
	for _, a := range [...]struct{ key, value string }{
		{"session", e.Session}, {"user", e.User}, {"reason", e.Reason}, {"op", e.Op}, {"shard", e.Shard},
	} {
		if a.value != "" {
			attrs = append(attrs, slog.String(a.key, a.value))
		}
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("err", e.Err.Error()))
	}
	return attrs
}
