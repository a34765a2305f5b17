package core

import (
	"maps"
	"slices"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// A stage is what a request knows of its visitor's stored session.
type stage int

const (
	absent  stage = iota // no session is stored; the first change creates one
	unread               // the cookie proved an id, but the store was not asked yet
	present              // it is stored; this request read or created it
	over                 // it ended or was renewed while the request ran
)

// A life is a session as one request sees it: what is stored, what has changed,
// and what must be done next. It makes no calls and does not look at the clock.
// [Session] repeats three steps until there is no next operation: it asks the
// life for the next one, carries it out, and reports the outcome. Invariants:
//
//   - current names the stored session in the stages unread and present. It is
//     zero in the others. former is the last current of a session that is over.
//     It is zero in the other stages.
//   - who, fields and clock are what is stored. They are empty unless the stage
//     is present. After a create or a login the clock is empty as well, because
//     only the store knows the times.
//   - begun is an operation without a known outcome: it is under way, or its
//     reply was lost. It is a create in the stages absent and over, and a save
//     or a renewal in the others. No other operation begins until begun,
//     repeated with the same arguments, has an outcome.
//   - changes is what the request has changed since begun began.
//   - toDestroy is a stored session that must end before anything else is done.
//     When it is set, the stage is absent and begun is nil.
//   - asked is the question of a List.Take or Counter.AddUpTo that waits for
//     its answer. Otherwise it is nil.
//   - lifetimes are those of this request's latest create or login.
//   - version counts the reads that found changes of another request.
//   - renewed means that the session is over because it has another id.
type life struct {
	stage     stage
	current   id
	former    id
	who       *login // nil without a login; what it points to never changes
	fields    map[string]string
	clock     clock
	begun     *operation
	changes   changes
	toDestroy id
	leaving   string // the user of toDestroy, if known
	asked     *question
	lifetimes store.Lifetimes
	loginDone bool // this request stored a login of a user who was not logged in before
	renewed   bool
	version   int

	// unsure means that begun was attempted before. If the store then answers
	// that this attempt was not done, the outcome of the first one is still
	// unknown.
	unsure bool

	// refreshDue means that the read found that a tenth of the idle time had
	// passed since the last use. A write counts as a use as well, so it clears
	// refreshDue.
	refreshDue bool
	// cookieOld means that the read found no use in this tenth of the idle
	// time. A persistent cookie is then due with the next use. refreshed means
	// that such a use was stored under the current id.
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

// An operation is one call to the store with its arguments. The arguments never
// change, so the call can be repeated.
type operation struct {
	kind   opKind
	id     id
	noUse  bool  // for a load: it does not count as a use of the session
	limit  limit // the context of the first attempt
	*write       // nil unless it is a create, save or renewal
}

// A write is what an operation stores.
type write struct {
	next    id // the new id of a renewal
	changes changes
	delta   store.Delta
}

// next returns the kind of the next operation. headersSent means that no cookie
// can be sent any more. ErrGone means that the changes were discarded.
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
	case len(l.changes.set) == 0 && l.changes.login == nil && !l.changes.counts():
		l.changes = changes{} // they only delete, and no session is stored
	case l.changes.once.createsNone():
		l.refuse(store.ErrAtLimit)
		return l.next(headersSent)
	default:
		kind = opCreate
	}
	if headersSent && (kind == opCreate || kind == opRenew) {
		return opNone, ErrTooLate
	}
	return kind, nil
}

// isSettled reports whether there is nothing to store, and no login to count.
func (l *life) isSettled() bool {
	return l.toDestroy.isZero() && l.begun == nil && l.changes.isEmpty() &&
		!l.refreshDue && !l.loginDone
}

// needsID reports whether the operation needs an id, and fresh is not one for
// it.
func (l *life) needsID(kind opKind, fresh id) bool {
	return l.begun == nil && (kind == opCreate && fresh.isZero() ||
		kind == opRenew && fresh.place() != l.current.place())
}

// begin returns the operation of the kind that next returned. The changes move
// into it. fresh is the id of a create, or the new id of a renewal. terms has
// the limits of a change and the lifetimes of a session without a login.
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
	if l.who != nil {
		terms.Guest = store.Limits{} // so the store need not look at the login
	}
	l.changes.login = l.changes.login.after(l.who)
	if l.changes.once != nil {
		l.changes.once.sent = time.Time{}
	}
	both := struct { // in one allocation
		operation
		w write
	}{operation{kind: kind, id: l.current}, write{changes: l.changes}}
	o := &both.operation
	o.write = &both.w
	o.delta = o.changes.delta(terms)
	switch kind {
	case opCreate:
		o.id = fresh
		if o.delta.Once != nil { // there is nothing to add to, so the sums are set
			o.delta.Set, o.delta.Once = o.changes.applied(nil), nil
		}
	case opRenew:
		o.next = fresh
	case opSave:
		o.delta.Nonce = nonce()
	}
	l.begun, l.changes = o, changes{}
	return o
}

// read returns the next operation of a read, or nil if the session has been
// read, and its clock if needsClock is set. An operation that began comes
// first, because a renewal may have changed the id. Then comes the load.
func (l *life) read(headersSent, needsClock bool) (*operation, error) {
	if l.isRead(needsClock) {
		return nil, nil
	}
	return l.readAgain(headersSent)
}

// readAgain is read for a session that may have been read before.
func (l *life) readAgain(headersSent bool) (*operation, error) {
	if l.begun == nil {
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

// destroy ends the session for this request at once, and sets toDestroy.
func (l *life) destroy() {
	switch {
	case l.begun != nil && l.begun.kind == opCreate:
		// The create may have been carried out.
		l.toDestroy, l.leaving = l.begun.id, l.begun.changes.login.user()
	case !l.current.isZero():
		// If a renewal began, the store finds the session under either id.
		l.toDestroy, l.leaving = l.current, l.who.user()
	case l.stage == over:
		l.toDestroy = l.former // it may live on under another id
	}
	*l = life{stage: absent, toDestroy: l.toDestroy, leaving: l.leaving, asked: l.asked}
}

// login logs the user in. If another user was logged in, their session ends
// first, and the request's changes to it are discarded. A place thus has one
// user for its whole life, so an index of users never has to move it. Changes
// that were meant for a session that is over are discarded as well.
func (l *life) login(n *login, dropGuest bool) {
	switch before := l.userNow(); {
	case before != "" && before != n.User:
		l.destroy()
	case before == "" && (dropGuest || l.stage == over):
		l.changes = changes{clear: true}
	}
	l.changes.login = n
}

// confirm starts the login anew, at the level. At now, the request has been
// running for the given time.
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

// loginNow returns the login as the next save would leave it, and whether it
// has yet to be stored.
func (l *life) loginNow() (now login, pending bool) {
	switch {
	case l.changes.login != nil:
		return *l.changes.login, true
	case l.begun != nil && l.begun.changes.login != nil:
		return *l.begun.changes.login, true
	}
	if l.who == nil {
		return login{}, false
	}
	return *l.who, false
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
		if text, ok, known = l.begun.changes.field(key); known {
			text, ok = l.changes.over(key, text, ok)
		}
	}
	return text, ok, known
}

// field returns the key's value as the next save would leave it.
func (l *life) field(key string) (string, bool) {
	text, ok := l.fields[key]
	if l.begun != nil {
		text, ok = l.begun.changes.over(key, text, ok)
	}
	return l.changes.over(key, text, ok)
}

// keys returns the keys as the next save would leave them.
func (l *life) keys() []string { return slices.Sorted(maps.Keys(l.all())) }

// all returns the fields as the next save would leave them.
func (l *life) all() map[string]string {
	fields := maps.Clone(l.fields)
	if l.begun != nil {
		fields = l.begun.changes.applied(fields)
	}
	return l.changes.applied(fields)
}

// left returns how much longer the session lives if nobody uses it.
func (l *life) left(running time.Duration) time.Duration {
	switch {
	case l.clock.known():
		return l.clock.left(running)
	case l.lifetimes.Locks:
		return l.lifetimes.Absolute
	}
	return min(l.lifetimes.Idle, l.lifetimes.Absolute)
}

// add adds n to a key, unless the request set the key to what cannot be counted
// on.
func (l *life) add(key string, n int64) error {
	text, ok, known := l.changed(key)
	was, _ := l.changes.once.adds(key)
	if known && ok {
		if was, ok = store.ParseCount(text); !ok {
			return store.ErrNoCount
		}
	} else if l.begun != nil {
		begun, _ := l.begun.changes.once.adds(key)
		was += begun
	}
	if max(n, was+n) > store.MaxCount || min(n, was+n) < -store.MaxCount {
		return store.ErrOverflow
	}
	l.changes.add(key, n)
	return nil
}

// A question is what a method that waits for the store asks with a save.
type question struct {
	upTo    *bound
	take    map[string]string
	stored  bool // the save that asked is stored
	refused bool // the sum would pass its limit, or an item was gone
}
