package core_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
)

// Keys of the model that no session has.
const (
	everyKey = "*"
	userKey  = "@user"
	levelKey = "@level" // of the login
	digitKey = "n."     // of the counter, and the number of the digit
	itemKey  = "i."     // of the list, and the value
)

const never = math.MaxInt

type riderKey struct{}

// A rider is a request, with what it was promised.
type rider struct {
	play     *play
	slot     int
	name     int
	ctx      context.Context
	s        *core.Session
	cookie   string
	cookieID store.ID
	start    time.Time
	faults   []wireFault

	headersSent bool
	gone        bool       // it was told that its changes were discarded
	ids         []store.ID // under which it may have a session

	// Since the last logout of this request:
	places  []string // where its changes may be stored
	created []string // those that it made
	pending []*write // what it changed and nobody promised yet
	login   bool

	stored      string   // the place where something was acknowledged
	loginStored bool     // a login was acknowledged
	ending      []string // places that its logout must end
	loggedOut   bool
}

// A write is a change of a key by a request: an entry in the log of each session
// where it may take effect.
type write struct {
	key, value string
	call       int
	by         *rider
	entries    map[string]*entry // by place
	optional   bool              // nobody can promise it
	savedAt    string            // a place where it may have been stored
}

// An entry is a write in the log of a session. It took effect between the call
// and the acknowledgement; without one, it may do so at any time or never.
type entry struct {
	*write
	acknowledged int
}

func (r *rider) write(key, value string) {
	w := &write{key: key, value: value, call: r.play.now, by: r, entries: map[string]*entry{}}
	for _, place := range r.places {
		r.play.log(w, place)
	}
	r.pending = append(r.pending, w)
}

func (p *play) log(w *write, place string) {
	if w.entries[place] == nil {
		w.entries[place] = &entry{w, never}
		p.logs[place] = append(p.logs[place], w.entries[place])
	}
}

// creates notes that the request is about to create a session.
func (r *rider) creates(place string) {
	late := r.cookieDied() && !r.play.wire.expired(r.cookieID.Place)
	if !r.loggedOut && !r.login && late {
		r.play.wrong("request %d is late and makes a session", r.name)
	}
	if !r.loggedOut && r.cookie != "" && !r.killedByOthers() {
		r.play.wrong("request %d makes a session though it has one", r.name)
	}
	r.places, r.created = append(r.places, place), append(r.created, place)
	for _, w := range r.pending {
		r.play.log(w, place)
	}
}

// cookieDied reports whether the session was ended or renewed while the request
// was on its way.
func (r *rider) cookieDied() bool {
	d, ok := r.play.wire.deaths[r.cookieID]
	return ok && d.at.After(r.start.Add(-19900*time.Millisecond))
}

func (r *rider) logout() {
	d, dead := r.play.wire.deaths[r.cookieID]
	reaches := !dead || d.at.After(r.start.Add(-19900*time.Millisecond))
	if !r.loggedOut && r.cookie != "" && reaches && len(r.created) == 0 {
		r.ending = append(r.ending, r.cookieID.Place)
	}
	r.ending = append(r.ending, r.created...)
	r.loggedOut, r.login, r.loginStored = true, false, false
	r.places, r.created, r.pending = nil, nil, nil
}

// acknowledge notes that all changes were said to be stored.
func (r *rider) acknowledge() {
	for _, place := range r.ending {
		r.play.ended[place] = true
	}
	r.ending = nil
	place, holds := r.place(), map[string]bool{}
	for _, w := range r.pending {
		switch {
		case w.optional, w.savedAt != "" && w.savedAt != place:
			continue
		case w.key == everyKey:
			user, level := holds[userKey], holds[levelKey]
			clear(holds)
			holds[userKey], holds[levelKey] = user, level
		case w.key == digitKey:
			maps.DeleteFunc(holds, func(key string, _ bool) bool { return strings.HasPrefix(key, digitKey) })
		default:
			holds[w.key] = w.value != ""
		}
		if w.key == userKey || w.key == levelKey {
			r.loginStored = true
		}
		if e := w.entries[place]; e != nil {
			e.acknowledged = r.play.now
		}
	}
	for key, has := range holds {
		if has && (place == "" || !slices.Contains(r.places, place)) {
			r.play.wrong("request %d was told that %q is stored, and has the session %q", r.name, key, place)
		}
	}
	if len(r.pending) > 0 {
		r.stored = place
	}
	r.pending = nil
}

// discard notes that the request was told so.
func (r *rider) discard() {
	if !r.killedByOthers() {
		r.play.wrong("what request %d changed was discarded, and nobody ended its session", r.name)
	}
	for _, place := range r.ending {
		r.play.ended[place] = true
	}
	r.pending, r.ending, r.stored, r.loginStored = nil, nil, "", false
}

// killedByOthers reports whether no session that was this request's is left, and
// not because it ended or renewed it itself.
func (r *rider) killedByOthers() bool {
	others := false
	for _, id := range r.ids {
		if r.play.wire.alive(id) {
			return false
		}
		if d, ok := r.play.wire.deaths[id]; !ok || d.by != r {
			others = true
		}
	}
	return others
}

// place is where the session is stored, as its format has it.
func (r *rider) place() string {
	return strings.Trim(strings.TrimPrefix(fmt.Sprint(r.s), "session "), `"`)
}

// sees judges what a handler reads: what it wrote itself, or what was written
// into the session.
func (r *rider) sees(key string, value any) {
	text, _ := value.(string)
	if text == "" {
		return
	}
	for _, w := range r.pending {
		if w.key == key && w.value == text {
			return
		}
	}
	for _, place := range r.places {
		for _, e := range r.play.logs[place] {
			if e.key == key && e.value == text {
				return
			}
		}
	}
	r.play.wrong("request %d reads %q = %q of another session", r.name, key, text)
}

// judge says whether the session at the place may have the value: it was never
// written, or by one of the latest writes that took effect.
func (p *play) judge(place, key, value string) {
	p.Helper()
	log := p.logs[place]
	first := &entry{&write{call: -1}, -1}
	if value == "" && !stale(first, key, log) {
		return
	}
	for _, e := range log {
		if touches(e, key) && e.value == value && !stale(e, key, log) {
			return
		}
	}
	p.wrong("the session %q has %q = %q, which nobody wrote or no longer counts", place, key, value)
}

func touches(e *entry, key string) bool {
	return e.key == key || e.key == digitKey && strings.HasPrefix(key, digitKey) || e.key == everyKey && key != userKey && key != levelKey
}

// stale reports whether a write that was acknowledged came after e.
func stale(e *entry, key string, log []*entry) bool {
	for _, later := range log {
		if later.acknowledged != never && touches(later, key) && later != e &&
			(later.call > e.acknowledged || later.by == e.by && later.after(e)) {
			return true
		}
	}
	return false
}

// after reports whether e was called after other, by the same request.
func (e *entry) after(other *entry) bool { return e.call > other.call }
