package core

import (
	"errors"
	"maps"
	"math"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// outcome records the outcome of an operation: err, and the record of a load.
// The request has been running for the given time. outcome returns the event to
// report. It returns an error if the operation failed. Otherwise next returns
// how to continue.
func (l *life) outcome(
	o *operation, r *store.Record, err error, running time.Duration,
) (Event, error) {
	switch {
	case l.isOvertaken(o):
		return Event{}, nil
	case o.kind == opDestroy:
		return l.destroyed(r, err)
	case o.kind == opRefresh:
		if l.refreshDue = false; err == nil {
			l.refreshed = true
			l.clock.used(running, false)
		}
		return Event{}, nil
	case isAbsence(err):
		return l.lost(o.kind, err, running), nil
	case o.kind == opLoad && err == nil:
		return l.loaded(r, running, o.noUse), nil
	case o.kind == opLoad:
		return Event{}, err
	case err == nil:
		return l.done(o, running), nil
	case errors.Is(err, store.ErrExists):
		l.takeBack() // another session has the place: choose another one
		return Event{}, nil
	case isAnswer(err), errors.Is(err, store.ErrNotDone) && !l.unsure:
		l.takeBack()
		if l.refuse(err) {
			return Event{}, nil
		}
	}
	return Event{}, err
}

// isAnswer reports whether the store did its work, so that err is its answer.
func isAnswer(err error) bool {
	return err == nil || isAbsence(err) || errors.Is(err, store.ErrExists) ||
		errors.As(err, new(*store.TooLargeError)) || errors.As(err, new(*store.CountError)) ||
		errors.Is(err, store.ErrTaken)
}

// isAbsence reports whether err means that no session is under the id.
func isAbsence(err error) bool {
	return err != nil && (errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrCorrupt) ||
		errors.As(err, new(*store.GoneError)))
}

// isOvertaken reports whether the request destroyed the session while the
// operation was under way. Its outcome no longer matters then.
func (l *life) isOvertaken(o *operation) bool {
	switch o.kind {
	case opDestroy:
		return l.toDestroy != o.id
	case opLoad, opRefresh:
		return l.current != o.id
	}
	return l.begun != o
}

// loaded records what a read found. noUse means that the read does not count as
// a use of the session.
func (l *life) loaded(r *store.Record, running time.Duration, noUse bool) (e Event) {
	if l.stage == unread {
		e.Kind = EventLoaded
	} else if !maps.Equal(l.fields, r.Fields) { // another login has another id
		l.version++
	}
	l.stage, l.who, l.fields = present, loginOf(r.Login), r.Fields
	l.clock = clock{r, running}
	if !noUse {
		l.refreshDue, l.cookieOld = l.clock.refreshDue(), l.clock.startsTenth()
	}
	return e
}

// done records that the operation has changed what is stored.
func (l *life) done(o *operation, running time.Duration) Event {
	e := Event{User: o.changes.login.user()}
	switch o.kind {
	case opCreate:
		l.stage, l.current, l.former, e.Kind = present, o.id, id{}, EventCreated
		l.lifetimes = o.delta.Lifetimes
	case opRenew:
		l.current, e.Kind = o.next, EventRenewed
	}
	l.refreshed = l.refreshed || l.cookieOld
	l.clock.used(running, o.changes.unlock)
	// An unread session stays unread: a later read asks the store.
	if l.stage == present {
		l.fields = o.changes.applied(l.fields)
		if o.changes.login != nil {
			l.who, l.clock = o.changes.login, clock{}
			l.lifetimes = o.delta.Lifetimes
			l.loginDone = l.loginDone || !l.who.about.again
		}
	}
	l.begun, l.unsure, l.refreshDue = nil, false, false
	l.answer(o.changes.once)
	return e
}

// destroyed records the outcome of a destroy. If the session was renewed long
// before the request, the cookie is an old one, perhaps a stolen one. The
// session stays, and there is no error.
func (l *life) destroyed(r *store.Record, err error) (Event, error) {
	stays := errors.As(err, new(*store.GoneError)) || errors.Is(err, store.ErrNotFound)
	if err != nil && !stays {
		return Event{}, err
	}
	e := Event{Kind: EventDestroyed, User: l.leaving}
	if r != nil && r.User != "" {
		e.User = r.User
	}
	l.toDestroy, l.leaving = id{}, ""
	if stays {
		return Event{}, nil
	}
	return e, nil
}

// lost records that no session has the current id. The session is over, and the
// request's changes are discarded, if the request had read the session, or if
// it ended or was renewed while the request ran. Otherwise the cookie is an old
// one: the visitor is anonymous and may get a new session.
func (l *life) lost(kind opKind, err error, running time.Duration) Event {
	e, ago := absence(err)
	reach := running + grace
	late := l.stage == present || ago <= reach ||
		// The store may have forgotten that the session ended during this
		// request.
		e.Reason == reasonNotFound && reach >= store.Memory
	l.renewed = e.Reason == reasonRenewed
	switch {
	case late && kind != opLoad:
		e = Event{} // next reports EventGone
	case l.stage == present && ago < math.MaxInt64:
		e = Event{} // the request that ended or renewed it has reported that
	}
	l.takeBack()
	if l.stage = absent; late {
		l.stage, l.former = over, l.current
	}
	l.current, l.who, l.fields, l.clock = id{}, nil, nil, clock{}
	l.refreshDue, l.cookieOld, l.refreshed = false, false, false
	return e
}

// absence returns the event for an error for which isAbsence is true, and how
// long ago the session ended or was renewed, if the store knows.
func absence(err error) (e Event, ago time.Duration) {
	e, ago = Event{Kind: EventExpired, Reason: reasonNotFound}, math.MaxInt64
	if gone := (*store.GoneError)(nil); errors.As(err, &gone) {
		e.Kind, e.Reason, ago = EventRejected, reasonEnded, gone.Ago
		if gone.Renewed {
			e.Reason = reasonRenewed
		}
	} else if errors.Is(err, store.ErrCorrupt) {
		e.Kind, e.Reason = EventRejected, reasonCorrupt
	}
	return e, ago
}

// takeBack turns an operation that had no effect into changes again. What it
// asked for stays in them only while somebody waits for the answer. Otherwise
// they have already got an error.
func (l *life) takeBack() {
	if l.begun != nil {
		if l.asked == nil {
			l.begun.changes.stopAsking()
		}
		l.changes = l.begun.changes.then(l.changes)
		l.begun, l.unsure = nil, false
	}
}

// abandon drops an operation whose outcome the store will never know.
func (l *life) abandon() { l.begun, l.unsure = nil, false }

// grace widens the time in which a request counts as running when its session
// ends or is renewed: it begins this long before the request. In that time the
// answer with the new cookie, or with none, may not have reached the browser.
const grace = 20 * time.Second

// answer notes that the operation was stored.
func (l *life) answer(o *once) {
	switch {
	case o == nil:
	case l.asked != nil:
		// What others of the request change meanwhile is stored after it, and
		// no answer.
		l.asked.stored = l.asked.stored ||
			o.upTo == l.asked.upTo && len(o.take) > 0 == (len(l.asked.take) > 0)
	case len(o.take) > 0:
		// Nobody waits any more for what was taken, so it goes back, before
		// what the request changed since.
		back := changes{set: o.take, once: new(once)}
		l.changes = back.then(l.changes)
	}
}

// refuse drops what was asked for if err says that the store refuses it.
func (l *life) refuse(err error) bool {
	if !errors.Is(err, store.ErrAtLimit) && !errors.Is(err, store.ErrTaken) {
		return false
	}
	l.changes.stopAsking()
	if l.asked != nil {
		l.asked.refused = true
	}
	return true
}
