package core

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// An EventKind says what happened to a session.
type EventKind string

// The kinds of events. Each thing that happens gives exactly one.
const (
	EventCreated    EventKind = "created"     // a session was stored for the first time
	EventLoaded     EventKind = "loaded"      // a stored session was read
	EventRenewed    EventKind = "renewed"     // it moved to a new id, by a login or by Renew
	EventDestroyed  EventKind = "destroyed"   // it was ended by Logout or Destroy
	EventEnded      EventKind = "ended"       // sessions of a user were ended from elsewhere; By, User, Count and Reason say whose and why
	EventExpired    EventKind = "expired"     // a cookie verifies and its session is not stored any more: its time is over, or the store lost it
	EventRejected   EventKind = "rejected"    // a cookie gave no session; Reason says why
	EventRefused    EventKind = "refused"     // a request was refused; Reason says why
	EventGone       EventKind = "gone"        // changes were discarded: the session ended or was renewed meanwhile
	EventLost       EventKind = "lost"        // changes could not be stored by the program's mistake; Err says which
	EventStoreError EventKind = "store error" // a call to the store failed; Op and Err say which and why

	EventBreakerOpen   EventKind = "breaker open"   // a shard fails, and calls to it fail at once; Shard and Err say which and why
	EventBreakerClosed EventKind = "breaker closed" // the shard works again
	EventShardEmpty    EventKind = "shard empty"    // a shard lost its data, and with it its sessions; Shard says which

	EventEndOrdered    EventKind = "end ordered"     // a shard did not answer when User's sessions were ended: they end when it does; Shard and Err say which and why
	EventEndCarriedOut EventKind = "end carried out" // they have ended; Shard and Count say where and how many
)

// An Event tells of one thing that happened. It never holds an id or a secret.
type Event struct {
	Kind   EventKind // what happened
	Place  string    // of the session: not secret, and the same for the session's whole life; "" without one
	User   string    // for created and renewed: who was logged in by it, if anybody; for destroyed: who was logged out; for ended: whose sessions
	By     string    // for ended: the user of the request that did it, if there is one
	Count  int       // for ended and end carried out: how many sessions
	Reason string    // for rejected and refused; for ended: one, others, all, external or limit; for breaker open and closed in a Cluster, the server's address
	Op     string    // for store error: new place, create, load, save, renew, refresh, destroy or limit
	Shard  string    // for breaker open and closed, shard empty, end ordered and carried out
	Err    error     // for store error, lost, ended in part, breaker open, shard empty and end ordered
}

// Reasons for which sessions were ended.
const (
	endedOne      = "one"
	endedOthers   = "others"
	endedAll      = "all"
	endedExternal = "external"
	endedLimit    = "limit"
)

// Reasons for which a cookie that verifies gives no session.
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

// events are what happened while a lock was held, to be reported when it is not.
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

// countEvery is how often rejected cookies are counted in the log. Anybody can
// send as many as they like, so they cost no line each.
const countEvery = time.Minute

// A tally counts rejected cookies since it last wrote a line.
type tally struct {
	n      atomic.Int64
	logged atomic.Int64 // Unix nanoseconds
}

func (t *tally) log(ctx context.Context, logger *slog.Logger) {
	t.n.Add(1)
	now, last := time.Now().UnixNano(), t.logged.Load()
	if now-last >= int64(countEvery) && t.logged.CompareAndSwap(last, now) {
		logger.LogAttrs(ctx, slog.LevelInfo, "session cookies rejected", slog.Int64("count", t.n.Swap(0)))
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
		{"place", e.Place}, {"user", e.User}, {"by", e.By}, {"reason", e.Reason}, {"op", e.Op}, {"shard", e.Shard},
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
