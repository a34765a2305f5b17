package core

import (
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// grace is how long before a request its session may have ended, or been
// renewed, so that the request still counts as one that was on its way: the
// answer with the new cookie, or without one, had not reached the browser.
const grace = 20 * time.Second

// A stage is what a request knows of its visitor's stored session.
type stage int

const (
	absent  stage = iota // there is none; the first change creates one
	unread               // the cookie proved an id, and nobody has looked
	present              // it is stored, and was read or created by this request
	over                 // it ended or was renewed while the request was on its way
)

// A life is a session as one request sees it: what is stored, what has changed,
// and what must be done next. It makes no calls and does not look at the clock.
// [Session] asks it for the next operation, carries that out, and reports the
// outcome, until there is no next one. Invariants:
//
//   - current names the stored session in the stages unread and present, and is
//     zero in the others. former is the last current of a session that is over,
//     and is zero in the other stages.
//   - who, fields and clock are what is stored; they are empty unless the stage is
//     present. The clock is empty as well after a create or a login: the store
//     knows the times.
//   - begun is an operation that began and has no known outcome: it is under way,
//     or its reply was lost. It is a create in the stages absent and over, a save
//     or a renewal in the others. Nothing else is done to the session before the
//     same operation, with the same arguments, has an outcome.
//   - changes are what the request has changed since begun began.
//   - toDestroy is a stored session that must end before anything else is done.
//     The stage is absent when it is set, and nothing has begun.
//   - lifetimes are those of the latest create or login of this request.
type life struct {
	stage     stage
	current   id
	former    id
	who       login
	fields    map[string]string
	clock     clock
	begun     *operation
	changes   changes
	toDestroy id
	leaving   string // the user of toDestroy, if known
	lifetimes store.Lifetimes
	loginDone bool // a login of this request was stored, of who was not logged in before

	// unsure means that begun is a repetition: that a store says that this attempt
	// was not done leaves open what came of the first.
	unsure bool

	// refreshDue means that the read found a tenth of the idle time gone. Any write
	// counts as a use as well.
	refreshDue bool
	// cookieOld means that the read found no use in this tenth of the idle time, so
	// that a persistent cookie is due with the next use. refreshed means that such a
	// use was stored, under the current id.
	cookieOld, refreshed bool
}

// An opKind is what an operation does to a stored session.
type opKind string

const (
	opNone    opKind = ""
	opLoad    opKind = "load"
	opCreate  opKind = "create"
	opSave    opKind = "save"
	opRenew   opKind = "renew"
	opRefresh opKind = "refresh"
	opDestroy opKind = "destroy"
)

// An operation is one call to the store with its arguments. They never change, so
// it can be repeated.
type operation struct {
	kind    opKind
	id      id
	next    id      // of a renewal
	changes changes // of a create, save or renewal
	delta   store.Delta
	limit   limit // of its first attempt
}

// next returns what must be done next. headersSent means that no cookie can be
// sent any more. ErrGone means that the changes were discarded.
func (l *life) next(headersSent bool) (opKind, error) {
	kind := opNone
	switch {
	case !l.toDestroy.isZero():
		return opDestroy, nil
	case l.begun != nil:
		kind = l.begun.kind
	case l.changes.isEmpty():
	case l.stage == over && (l.changes.login == nil || l.changes.login.confirms):
		l.changes = changes{}
		return opNone, ErrGone
	case l.stage == unread || l.stage == present:
		kind = opSave
		if l.changes.login != nil || l.changes.renew {
			kind = opRenew
		}
	case len(l.changes.set) == 0 && l.changes.login == nil:
		l.changes = changes{} // there is nothing that they could change
	default:
		kind = opCreate
	}
	if headersSent && (kind == opCreate || kind == opRenew) {
		return opNone, ErrTooLate
	}
	return kind, nil
}

// needsID reports whether the operation needs another id than fresh.
func (l *life) needsID(kind opKind, fresh id) bool {
	return l.begun == nil && (kind == opCreate && fresh.isZero() ||
		kind == opRenew && fresh.place() != l.current.place())
}

// begin returns the operation of the kind that next returned, which moves the
// changes into it. fresh is the id of a create or of a renewal's end, terms are the
// limits of a change and the lifetimes of a session without login.
func (l *life) begin(kind opKind, fresh id, terms store.Delta) *operation {
	switch {
	case kind == opDestroy:
		l.toDestroy = l.toDestroy.sealed()
		return &operation{kind: opDestroy, id: l.toDestroy}
	case l.begun != nil:
		l.unsure = true
		return l.begun
	}
	l.current = l.current.sealed()
	if l.who.User != "" {
		terms.Guest = store.Limits{} // which spares the store a look at the login
	}
	l.changes.login = l.changes.login.after(l.who)
	o := &operation{kind: kind, id: l.current, changes: l.changes, delta: l.changes.delta(terms)}
	switch kind {
	case opCreate:
		o.id = fresh
	case opRenew:
		o.next = fresh
	case opSave:
		o.delta.Nonce = nonce()
	}
	l.begun, l.changes = o, changes{}
	return o
}

// read returns what must be done to read the session: first the operation that
// began, because a renewal may have changed the id, then a load; nil when it has
// been read, with its clock if that is needed.
func (l *life) read(headersSent, needsClock bool) (*operation, error) {
	switch {
	case l.isRead(needsClock):
		return nil, nil
	case l.begun == nil:
		return l.use(opLoad), nil
	}
	_, err := l.next(headersSent)
	l.unsure = true
	return l.begun, err
}

// isRead reports whether there is nothing to read.
func (l *life) isRead(needsClock bool) bool {
	return l.stage != unread && (!needsClock || l.stage != present || l.clock.known())
}

// use returns a load or a refresh of the current session.
func (l *life) use(kind opKind) *operation {
	l.current = l.current.sealed()
	return &operation{kind: kind, id: l.current}
}

// isAnswer reports whether the store did its work and err is what it found.
func isAnswer(err error) bool {
	return err == nil || isAbsence(err) || errors.Is(err, store.ErrExists) ||
		errors.As(err, new(*store.TooLargeError))
}

// isAbsence reports whether err means that no session is under the id.
func isAbsence(err error) bool {
	return err != nil && (errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrCorrupt) ||
		errors.As(err, new(*store.GoneError)))
}

// outcome takes what came of an operation: err, and the record of a load. running
// is how long the request has been running. outcome returns the event to report,
// and the error if the operation failed; without one, next says how to go on.
func (l *life) outcome(o *operation, r *store.Record, err error, running time.Duration) (Event, error) {
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
		return l.loaded(r, running), nil
	case o.kind == opLoad:
		return Event{}, err
	case err == nil:
		return l.done(o, running), nil
	case errors.Is(err, store.ErrExists):
		l.takeBack() // the place is another session's: choose again
		return Event{}, nil
	case isAnswer(err), errors.Is(err, store.ErrNotDone) && !l.unsure:
		l.takeBack()
	}
	return Event{}, err
}

// isOvertaken reports whether the session was destroyed in this request while the
// operation was under way, so that its outcome no longer matters.
func (l *life) isOvertaken(o *operation) bool {
	switch o.kind {
	case opDestroy:
		return l.toDestroy != o.id
	case opLoad, opRefresh:
		return l.current != o.id
	}
	return l.begun != o
}

// loaded notes what a read found.
func (l *life) loaded(r *store.Record, running time.Duration) (e Event) {
	if l.stage == unread {
		e.Kind = EventLoaded
	}
	l.stage, l.who, l.fields = present, loginOf(r.Login), r.Fields
	l.clock = clock{Record: *r, at: running}
	l.clock.Record.Login, l.clock.Fields = store.Login{}, nil
	l.refreshDue, l.cookieOld = l.clock.refreshDue(), l.clock.startsTenth()
	return e
}

// done notes that the operation has changed what is stored.
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
	// A session that nobody has read stays so: a later read asks the store.
	if l.stage == present {
		l.fields = o.changes.applied(l.fields)
		if o.changes.login != nil {
			l.who, l.clock = *o.changes.login, clock{}
			l.lifetimes = o.delta.Lifetimes
			l.loginDone = l.loginDone || !l.who.about.again
		}
	}
	l.begun, l.unsure, l.refreshDue = nil, false, false
	return e
}

// destroyed notes the outcome of a destroy. A session that was renewed long
// before the request is somebody else's by now, and stays.
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

// lost notes that no session is under the current id. If the request had read the
// session, or if it was ended or renewed while the request was on its way, the
// session is over, and what the request changes is discarded. Otherwise the
// cookie is an old one: the visitor is anonymous and may get a new session.
func (l *life) lost(kind opKind, err error, running time.Duration) Event {
	e, ago := absence(err)
	reach := running + grace
	late := l.stage == present || ago <= reach ||
		// The store may have forgotten that the session ended during this request.
		e.Reason == reasonNotFound && reach >= store.Memory
	if late && kind != opLoad {
		e = Event{} // next reports EventGone
	}
	l.takeBack()
	if l.stage = absent; late {
		l.stage, l.former = over, l.current
	}
	l.current, l.who, l.fields, l.clock = id{}, login{}, nil, clock{}
	l.refreshDue, l.cookieOld, l.refreshed = false, false, false
	return e
}

// absence returns the event for an error that isAbsence, and how long ago the
// session ended or was renewed, if the store knows.
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

// takeBack turns an operation that had no effect into changes again.
func (l *life) takeBack() {
	if l.begun != nil {
		l.changes = l.begun.changes.then(l.changes)
		l.begun, l.unsure = nil, false
	}
}

// destroy ends the session for the request at once, and sets what must end in the
// store.
func (l *life) destroy() {
	switch {
	case l.begun != nil && l.begun.kind == opCreate:
		// It may have come to be.
		l.toDestroy, l.leaving = l.begun.id, l.begun.changes.login.user()
	case !l.current.isZero():
		// If a renewal began, the store finds the session under either id.
		l.toDestroy, l.leaving = l.current, l.who.User
	case l.stage == over:
		l.toDestroy = l.former // it may live on under another id
	}
	*l = life{stage: absent, toDestroy: l.toDestroy, leaving: l.leaving}
}

// login logs the user in. Another user's session ends first, with what the request
// had changed: a place has one user for its whole life, so that an index of users
// need not follow. What was meant for a session that is over goes as well.
func (l *life) login(n *login, dropGuest bool) {
	switch before := l.userNow(); {
	case before != "" && before != n.User:
		l.destroy()
	case before == "" && (dropGuest || l.stage == over):
		l.changes = changes{clear: true}
	}
	l.changes.login = n
}

// confirm starts the login anew, at the level. now is the time when the request has
// been running for so long.
func (l *life) confirm(level int, now time.Time, running time.Duration) {
	login, pending := l.loginNow()
	if !pending {
		login.confirms, login.lifetimes = true, l.clock.lifetimes()
		if login.about.until {
			login.until = now.Add(l.clock.Deadline.Sub(l.clock.now(running)))
		}
	}
	login.about.level = level
	l.changes.login = &login
}

// loginNow returns the login as the next save would leave it, and whether that has
// yet to be stored.
func (l *life) loginNow() (now login, pending bool) {
	switch {
	case l.changes.login != nil:
		return *l.changes.login, true
	case l.begun != nil && l.begun.changes.login != nil:
		return *l.begun.changes.login, true
	}
	return l.who, false
}

// unlocks reports whether the next save opens a session that is locked.
func (l *life) unlocks() bool {
	return l.changes.unlock || l.begun != nil && l.begun.changes.unlock
}

// userNow returns the user as the next save would leave it.
func (l *life) userNow() string {
	now, _ := l.loginNow()
	return now.User
}

// changed returns a key's value if the request has changed it; known reports
// whether it has.
func (l *life) changed(key string) (text string, ok, known bool) {
	text, ok, known = l.changes.field(key)
	if !known && l.begun != nil {
		text, ok, known = l.begun.changes.field(key)
	}
	return text, ok, known
}

// field returns the key's value as the next save would leave it.
func (l *life) field(key string) (string, bool) {
	if text, ok, known := l.changed(key); known {
		return text, ok
	}
	text, ok := l.fields[key]
	return text, ok
}

// keys returns the keys as the next save would leave them.
func (l *life) keys() []string {
	fields := l.fields
	if l.begun != nil {
		fields = l.begun.changes.applied(maps.Clone(fields))
	} else if !l.changes.isEmpty() {
		fields = maps.Clone(fields)
	}
	return slices.Sorted(maps.Keys(l.changes.applied(fields)))
}
