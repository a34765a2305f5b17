package core

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// An EventKind is the kind of an [Event]: what happened to a session.
type EventKind string

// The kinds of events. Everything that happens is reported as exactly one
// event.
const (
	EventCreated   EventKind = "created"   // a session was stored for the first time
	EventLoaded    EventKind = "loaded"    // a stored session was read
	EventRenewed   EventKind = "renewed"   // a login, Confirm, Unlock or Renew gave a new id
	EventDestroyed EventKind = "destroyed" // Logout or Destroy ended a session
	// EventEnded means that sessions of a user were ended by another request or
	// by the program. By, User, Count and Reason have the details.
	EventEnded EventKind = "ended"
	// EventExpired means that a cookie verifies, but its session is no longer
	// stored. Its time is over, or the store lost it.
	EventExpired  EventKind = "expired"
	EventRejected EventKind = "rejected" // a cookie gave no session; see Reason
	EventRefused  EventKind = "refused"  // a request was refused; see Reason
	// EventGone means that changes were discarded, because the session ended or
	// was renewed while the request ran.
	EventGone EventKind = "gone"
	// EventLost means that changes could not be stored because of a mistake in
	// the program. Err names it.
	EventLost EventKind = "lost"
	// EventStoreError means that a call to the store failed. Op names the call.
	EventStoreError EventKind = "store error"

	// EventBreakerOpen means that a shard fails. Until it works again, calls to
	// it fail at once. Shard and Err have the details.
	EventBreakerOpen EventKind = "breaker open"
	// EventBreakerClosed means that the shard works again.
	EventBreakerClosed EventKind = "breaker closed"
	// EventShardEmpty means that a shard lost its data, and the sessions with
	// it.
	EventShardEmpty EventKind = "shard empty"

	// EventEndOrdered means that a shard did not answer when User's sessions
	// were to be ended. They end when it answers again, unless Reason is set:
	// then no other shard keeps the order. Shard and Err have the details.
	EventEndOrdered EventKind = "end ordered"
	// EventEndCarriedOut means that such sessions have ended: Count of them, on
	// Shard.
	EventEndCarriedOut EventKind = "end carried out"
)

// An Event is one thing that happened. It never holds an id or a secret.
//
// Fields that a kind does not use are empty.
type Event struct {
	Kind EventKind // what happened
	// Place is the session's place in the store, or "" without a session. It is
	// not secret. It stays the same for the session's whole life.
	Place string
	// User is who logged in (created, renewed), who was logged out (destroyed),
	// whose request was refused (refused), or whose sessions they are (ended,
	// end ordered, end carried out; store error of a limit). It is "" if nobody
	// is logged in.
	User string
	// By is the user of the request that ended the sessions (ended), if there
	// is one.
	By string
	// Count is the number of sessions (ended, end carried out).
	Count int
	// Reason is why (rejected, refused, expired; end ordered, if no order could
	// be left); one of one, others, all, external and limit (ended); or the
	// server's address (breaker open and closed, in a Redis Cluster).
	Reason string
	// Op is the call that failed (store error): new place, create, load, save,
	// renew, refresh, destroy or limit.
	Op string
	// Shard is the shard's name (breaker open and closed, shard empty, end
	// ordered, end carried out).
	Shard string
	// Err is what failed (store error, lost, breaker open, shard empty, end
	// ordered; ended, if only some of the sessions ended).
	Err error
}

// Reasons of an EventEnded.
const (
	endedOne      = "one"
	endedOthers   = "others"
	endedAll      = "all"
	endedExternal = "external"
	endedLimit    = "limit"
)

// Reasons why a cookie that verifies gives no session.
const (
	reasonNotFound = "no session is stored under the id"
	reasonRenewed  = "the id was renewed"
	reasonEnded    = "the session was destroyed"
	reasonCorrupt  = "the record is corrupt"
)

func (e Event) level() slog.Level {
	switch {
	case e.Kind == EventStoreError, e.Kind == EventBreakerOpen, e.Kind == EventShardEmpty:
		return slog.LevelError
	case e.Kind == EventLost, e.Kind == EventBreakerClosed, e.Kind == EventEndOrdered,
		e.Reason == reasonCorrupt, e.Kind == EventEnded && e.Err != nil:
		return slog.LevelWarn
	case e.Kind == EventRefused, e.Kind == EventGone, e.Kind == EventDestroyed,
		e.Kind == EventEnded, e.Kind == EventEndCarriedOut,
		e.Kind != EventRejected && e.User != "":
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// events collects what happens while a lock is held. It is reported after the
// lock is released.
type events struct {
	n     int
	first [2]Event // most operations have one or two
	rest  []Event
}

// add appends the event unless it is empty.
func (e *events) add(to id, event Event) {
	if event.Kind != "" {
		event.Place = to.place()
		e.append(event)
	}
}

func (e *events) append(event Event) {
	if e.n < len(e.first) {
		e.first[e.n] = event
	} else {
		e.rest = append(e.rest, event)
	}
	e.n++
}

// countEvery is how often the log counts rejected cookies. Anybody can send as
// many as they like, so a rejected cookie gets no line of its own.
const countEvery = time.Minute

// A tally counts the cookies that were rejected since its last line in the log.
type tally struct {
	n      atomic.Int64
	logged atomic.Int64 // Unix nanoseconds
}

func (t *tally) log(ctx context.Context, logger *slog.Logger) {
	t.n.Add(1)
	now, last := time.Now().UnixNano(), t.logged.Load()
	if now-last >= int64(countEvery) && t.logged.CompareAndSwap(last, now) {
		logger.LogAttrs(ctx, slog.LevelInfo, "session cookies rejected",
			slog.Int64("count", t.n.Swap(0)))
	}
}

// Log writes the event to the logger. [Options.Logger] lists the levels.
func (e Event) Log(ctx context.Context, logger *slog.Logger) {
	if level := e.level(); logger.Enabled(ctx, level) {
		logger.LogAttrs(ctx, level, "session "+string(e.Kind), e.attrs()...)
	}
}

func (e Event) attrs() []slog.Attr {
	var attrs []slog.Attr
	for _, a := range [...]struct{ key, value string }{
		{"place", e.Place}, {"user", e.User}, {"by", e.By},
		{"reason", e.Reason}, {"op", e.Op}, {"shard", e.Shard},
	} {
		if a.value != "" {
			attrs = append(attrs, slog.String(a.key, a.value))
		}
	}
	if e.Kind == EventEnded || e.Kind == EventEndCarriedOut {
		attrs = append(attrs, slog.Int("count", e.Count))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("err", e.Err.Error()))
	}
	return attrs
}
