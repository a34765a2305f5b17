package core_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
)

// A verb is what happens in a step of a play. Each step is two bytes: the verb,
// and the rider with an argument.
type verb byte

const (
	vOpen verb = iota
	vSet
	vDelete
	vGet
	vPop
	vClear
	vLogin
	vConfirm
	vLogout
	vRenew
	vUnlock
	vCount
	vUpTo
	vReset
	vAppend
	vTake
	vSave
	vLook
	vCommit
	vStream
	vPanic
	vFault
	vWait
	vArrive
	verbs
)

var verbNames = [verbs]string{
	"open", "set", "delete", "get", "pop", "clear", "login", "confirm", "logout",
	"renew", "unlock", "count", "upto", "reset", "append", "take", "save", "look", "commit", "stream", "panic", "fault", "wait", "arrive",
}

// often is how a byte of the fuzzer picks a verb.
var often = []verb{
	vOpen, vSet, vSet, vSet, vDelete, vGet, vPop, vClear, vLogin, vLogin, vLogout, vLogout, vRenew,
	vConfirm, vConfirm, vUnlock, vCount, vCount, vUpTo, vReset, vAppend, vAppend, vTake, vTake,
	vSave, vSave, vSave, vLook, vCommit, vCommit, vCommit, vStream, vPanic,
	vFault, vFault, vFault, vFault, vWait, vArrive, vArrive,
}

const riders = 4

// waits are below and above what a store must tell apart: the grace, what it
// remembers, and the idle time.
var waits = []time.Duration{
	time.Second, 7 * time.Second, 19 * time.Second, 33 * time.Second, 130 * time.Second,
	11 * time.Minute,
}

// steps are a play in words: "0 login 1" is rider 0, who logs user 1 in.
func steps(script string) []byte {
	var b []byte
	for step := range strings.SplitSeq(script, ", ") {
		var rider, arg int
		var name string
		if n, _ := fmt.Sscan(step, &rider, &name, &arg); n < 2 {
			panic("no step: " + step)
		}
		for i, v := range often {
			if verbNames[v] == name {
				b = append(b, byte(i), byte(rider+riders*arg))
				break
			}
		}
	}
	return b
}

// FuzzVisits plays requests of one browser, and of rivals who share its cookies,
// on a store whose replies are lost or late, and compares what the responses
// promised with what every cookie opens.
func FuzzVisits(f *testing.F) {
	// An argument of fault is one of wireFault, of open the cookie: 0 is none, 1 the
	// browser's.
	for _, seed := range []string{
		"0 set 0, 0 commit, 1 open 1, 1 get 0, 1 set 1, 2 open 1, 2 set 2, 1 commit, 2 commit",
		// The first bullets of the issue.
		"0 set 0, 0 commit, 1 login 0, 1 fault 1, 1 fault 1, 1 save 0, 1 logout, 1 set 1, " +
			"1 commit",
		"1 login 0, 1 fault 1, 1 fault 1, 1 save 0, 1 logout, 1 set 1, 1 commit",
		"1 login 0, 1 set 0, 1 fault 1, 1 fault 1, 1 save 0, 1 login 1, 1 commit",
		"1 set 0, 1 fault 1, 1 fault 1, 1 save 0, 1 set 1, 1 commit",
		"1 set 0, 1 fault 2, 1 fault 2, 1 save 0, 1 set 1, 1 commit",
		"0 set 0, 0 commit, 1 open 1, 1 set 1, 1 fault 3, 1 fault 2, 1 save 0, 1 set 1, " +
			"1 commit, 1 arrive",
		"0 set 0, 0 commit, 1 open 1, 1 renew, 1 fault 1, 1 commit, 2 open 1, 2 get 0, " +
			"2 commit",
		"0 set 0, 0 commit, 1 open 1, 1 renew, 1 fault 1, 1 fault 1, 1 save 0, 1 get 0, " +
			"1 commit",
		"0 login 0, 0 set 0, 0 commit, 1 open 1, 2 open 1, 2 logout, 2 commit, 1 set 1, " +
			"1 commit",
		"0 login 0, 0 set 0, 0 commit, 2 open 1, 2 logout, 2 commit, 0 wait 1, 1 open 2, " +
			"1 set 1, 1 commit",
		"0 login 0, 0 set 0, 0 commit, 2 open 1, 2 logout, 2 commit, 0 wait 3, 1 open 2, " +
			"1 set 1, 1 commit",
		"0 login 0, 0 commit, 1 open 1, 2 open 1, 2 renew, 2 commit, 0 wait 2, 0 wait 0, " +
			"1 logout, 1 commit",
		"0 login 0, 0 commit, 1 open 1, 2 open 1, 2 renew, 2 commit, 0 wait 3, 1 logout, " +
			"1 commit",
		"0 login 0, 0 commit, 1 open 1, 1 set 0, 2 open 1, 2 logout, 2 commit, 1 login 1, " +
			"1 set 1, 1 commit",
		// A repetition that is refused says nothing of the first attempt.
		"0 set 0, 0 commit, 1 open 1, 1 login 0, 1 fault 1, 1 fault 4, 1 save 0, 1 set 1, " +
			"1 commit",
		"0 set 0, 0 commit, 1 open 1, 1 set 1, 1 fault 3, 1 fault 4, 1 save 0, 1 commit, " +
			"2 open 1, 2 set 1, 2 commit, 1 arrive, 3 open 1, 3 get, 3 commit",
		"0 set 0, 0 commit, 1 open 1, 1 login 0, 1 fault 3, 1 fault 4, 1 save 0, 1 arrive, " +
			"1 save 0, 1 commit",
		"0 set 0, 0 commit, 1 open 1, 1 clear, 2 open 1, 2 set 1, 2 commit, 1 commit",
		"0 set 0, 0 stream, 1 open 1, 1 login 0, 1 commit, 0 set 1, 0 save 0, 0 logout, " +
			"0 save 0",
		"0 set 12, 0 commit, 1 open 1, 1 set 13, 1 save 0, 1 clear, 1 login 0, 1 commit",
		"0 set 0, 0 stream, 0 set 1, 0 save 0, 0 login 0, 0 save 0, 0 commit",
		"0 set 0, 0 commit, 1 open 1, 1 logout, 1 fault 3, 1 fault 5, 1 save 0, 1 set 0, " +
			"1 commit, 1 arrive",
		// Two logins at once, as by a double click.
		"0 set 0, 0 commit, 1 open 1, 1 get 0, 2 open 1, 2 login 0, 2 commit, 1 login 0, 1 commit",
		"0 set 0, 0 commit, 1 open 1, 2 open 1, 2 login 0, 2 commit, 1 login 0, 1 commit",
		// A confirmation of a session that ends, or is renewed, meanwhile.
		"0 login 0, 0 set 0, 0 commit, 1 open 1, 1 confirm 1, 2 open 1, 2 logout, 2 commit, 1 commit",
		"0 login 0, 0 commit, 1 open 1, 1 confirm 1, 2 open 1, 2 confirm 2, 2 commit, 1 set 0, 1 commit",
		"0 login 0, 0 commit, 1 open 1, 1 confirm 1, 1 fault 1, 1 fault 1, 1 save 0, 1 confirm 2, 1 commit",
		"1 login 0, 1 fault 1, 1 fault 1, 1 save 0, 1 confirm 2, 1 commit",
		"2 login 22, 2 save 12, 2 fault 12, 2 confirm 12, 2 commit",
		"0 login 0, 0 commit, 1 open 1, 1 unlock, 1 fault 3, 1 fault 3, 1 save 0, 1 confirm 1, 1 commit, 1 arrive",
		"3 login 13, 3 stream 13, 1 login 12, 1 save 12, 3 confirm 13, 3 save 0",
		// Counters, and items that are taken.
		"0 count, 0 commit, 1 open 1, 1 count, 1 fault 1, 2 open 1, 2 count, 2 commit, 1 commit",
		"0 count, 0 commit, 1 open 1, 1 count, 1 fault 1, 1 fault 1, 1 save 0, 1 count, 2 open 1, " +
			"2 count, 2 save, 2 count, 2 save, 2 count, 2 save, 2 count, 2 save, 2 count, 2 commit, 1 commit",
		"0 count, 0 commit, 1 open 1, 1 count, 1 fault 3, 1 commit, 2 open 1, 2 count, 2 save, 2 count, " +
			"2 save, 2 count, 2 save, 2 count, 2 save, 2 count, 2 commit, 0 arrive",
		"0 upto, 0 fault 1, 0 commit, 1 open 1, 1 upto 1, 1 upto, 1 commit",
		"0 set 0, 0 commit, 1 open 1, 1 upto, 1 fault 1, 1 fault 1, 1 upto 1, 1 set 1, 1 commit",
		"0 append, 0 append, 0 commit, 1 open 1, 2 open 1, 1 take, 2 take, 1 append, 1 commit, 2 take, 2 commit",
		"0 append, 0 commit, 1 open 1, 1 fault, 1 fault 1, 1 fault 1, 1 take, 1 commit, 2 open 1, 2 take, 2 commit",
		"0 append, 0 commit, 1 open 1, 1 fault, 1 fault 1, 1 fault 1, 1 take, 1 take, 1 commit",
		"0 append, 0 commit, 1 open 1, 1 append, 1 fault 3, 1 save, 2 open 1, 2 take, 0 arrive, 2 take, 2 commit",
		"1 append, 1 save, 1 fault 1, 1 fault 4, 1 take, 1 login 16, 1 commit",
		"0 append, 0 commit, 1 open 1, 2 open 1, 2 look, 2 fault 1, 2 fault 4, 2 take, 1 clear, 1 commit, 2 commit",
		"0 append, 0 commit, 1 open 1, 1 append, 1 fault 1, 1 fault 1, 1 save, 2 open 1, 2 take, 2 set, " +
			"2 save, 2 set, 2 save, 2 set, 2 save, 2 set, 2 save, 2 set, 2 commit, 1 commit",
		"0 append, 0 count, 0 commit, 1 open 1, 1 count, 1 append, 1 clear, 1 count, 1 commit",
		// A login that drops what the guest had.
		"0 set 0, 0 commit, 1 open 1, 1 set 1, 1 login 3, 1 set 2, 1 commit, 2 open 1, 2 look 1, 2 commit",
		"0 set 0, 0 commit, 1 open 1, 1 set 1, 1 fault 1, 1 fault 1, 1 save 0, 1 login 9, 1 commit",
	} {
		f.Add(steps(seed))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 200 {
			t.Skip("long plays find what short ones do")
		}
		synctest.Test(t, func(t *testing.T) { newPlay(t).perform(script) })
	})
}

// A play is a browser, its rivals and their store.
type play struct {
	*testing.T
	m      *core.Manager // on the wire
	probe  *core.Manager // on the store itself
	wire   *wire
	cookie string   // the browser's
	issued []string // all that answers set
	riders [riders]*rider
	names  int
	tale   []string
	adds   int             // each adds a digit of its own to the base of 4
	items  []string        // that were appended
	taken  map[string]bool // those that somebody took

	now   int // counts the steps
	logs  map[string][]*entry
	ended map[string]bool   // places of sessions whose logout was acknowledged
	under map[string]string // the user under whom a value was read
}

func newPlay(t *testing.T) *play {
	p := &play{
		T: t, logs: map[string][]*entry{}, ended: map[string]bool{}, under: map[string]string{},
		taken: map[string]bool{},
	}
	p.wire = newWire(p)
	opts := &core.Options{
		IdleTimeout: 10 * time.Minute, AbsoluteTimeout: 24 * time.Hour,
		MaxBytes: 120, MaxKeys: 5, Logger: slog.New(slog.DiscardHandler),
		OnEvent: func(ctx context.Context, e core.Event) {
			if r, ok := ctx.Value(riderKey{}).(*rider); ok && e.Kind == core.EventGone {
				r.gone = true
			}
		},
	}
	var err error
	if p.m, err = core.New(p.wire, secret, opts); err != nil {
		t.Fatal(err)
	}
	if p.probe, err = core.New(&p.wire.Store.Store, secret, &core.Options{Logger: opts.Logger}); err != nil {
		t.Fatal(err)
	}
	return p
}

// wrong fails the play with all that happened in it.
func (p *play) wrong(format string, args ...any) {
	p.Helper()
	p.Fatalf("%s\nafter\n%s", fmt.Sprintf(format, args...), strings.Join(p.tale, "\n"))
}

func (p *play) perform(script []byte) {
	for ; len(script) >= 2; script = script[2:] {
		v := often[int(script[0])%len(often)]
		p.step(v, int(script[1])%riders, int(script[1])/riders)
	}
	for i := range p.riders {
		if p.riders[i] != nil {
			p.step(vCommit, i, 0)
		}
	}
	p.step(vArrive, 0, 0)
}

func (p *play) tell(format string, args ...any) {
	p.tale = append(p.tale, fmt.Sprintf(format, args...))
}

func (p *play) step(v verb, i, arg int) {
	p.now++
	switch v {
	case vWait:
		d := waits[arg%len(waits)]
		p.tell("wait %v", d)
		time.Sleep(d)
		return
	case vArrive:
		p.wire.arrive()
		p.check()
		return
	case vOpen:
		if r := p.riders[i]; r != nil {
			p.commit(r)
			p.close(r)
		}
		p.open(i, arg)
		return
	}
	if p.riders[i] == nil {
		p.open(i, 1)
	}
	r := p.riders[i]
	p.tell("%d %s %d", i, verbNames[v], arg)
	switch v {
	case vFault:
		r.faults = append(r.faults, wireFault(arg%int(wireFaults)))
	case vCommit:
		p.commit(r)
		p.close(r)
	case vStream:
		p.commit(r)
	case vPanic:
		p.riders[i] = nil
	case vSave:
		if err := p.save(r); err != nil && arg%2 == 1 {
			p.riders[i] = nil // the handler panics
		}
	default:
		p.handle(r, v, arg)
	}
}

// open starts a request: 0 is without a cookie, 1 with the browser's, others
// with any that was ever issued.
func (p *play) open(i, arg int) {
	cookie := ""
	switch {
	case arg == 1:
		cookie = p.cookie
	case arg > 1 && len(p.issued) > 0:
		cookie = p.issued[len(p.issued)-1-(arg-2)%len(p.issued)]
	}
	p.names++
	r := &rider{
		play: p, slot: i, name: p.names, cookie: cookie, cookieID: idOf(cookie), start: time.Now(),
	}
	r.ctx = context.WithValue(p.Context(), riderKey{}, r)
	var headers []string
	if cookie != "" {
		headers = []string{cookie}
		r.places = []string{r.cookieID.Place}
		r.ids = append(r.ids, r.cookieID)
	}
	p.tell("%d opens request %d with %.27q", i, r.name, cookie)
	r.s = p.m.StartFor(r.ctx, &fake{cookies: headers})
	p.riders[i] = r
}

func (p *play) close(r *rider) {
	p.m.Finish(r.s)
	if p.riders[r.slot] == r {
		p.riders[r.slot] = nil
	}
	p.check()
}

// handle is what a handler does.
func (p *play) handle(r *rider, v verb, arg int) {
	s, key := r.s, string(rune('a'+arg%4))
	switch v {
	case vSet:
		value := fmt.Sprintf("%d.%d", r.name, p.now)
		if arg/4 >= 3 {
			value += strings.Repeat("-", 60)
		}
		r.write(key, value)
		s.Set(key, value)
	case vDelete:
		r.write(key, "")
		s.Delete(key)
	case vGet:
		r.sees(key, s.Get(key))
	case vPop:
		value := s.Pop(key)
		r.sees(key, value)
		if value != nil {
			r.write(key, "")
		}
	case vClear:
		r.write(everyKey, "")
		s.Clear()
	case vLogin:
		l := core.Login{
			User: []string{"ada", "bob", "eve"}[arg%3], DropGuest: arg%6 >= 3, Level: 1 + arg/6%3,
			Remember: arg%4 == 2,
		}
		user := l.User
		before := s.User()
		if s.IsNew() && r.cookieDied() && !r.login && !r.loggedOut {
			r.pending = nil // the session they were for is over
		}
		if p.wire.isVague(r) {
			for _, w := range r.pending {
				w.optional = true
			}
		}
		if before != "" && before != user {
			r.logout()
		} else if before == "" && l.DropGuest {
			r.write(everyKey, "")
		}
		r.login = true
		r.write(userKey, user)
		r.write(levelKey, fmt.Sprint(l.Level))
		s.LoginWith(l)
	case vConfirm:
		if s.User() == "" {
			return
		}
		level := 1 + arg%9
		r.write(levelKey, fmt.Sprint(level))
		s.Confirm(level)
		// After a login of its own, Confirm reads once more. It may find the session ended,
		// and if the read fails, so does the request, without a confirmation.
		if (s.User() == "" || s.Level() != level) && !r.killedByOthers() && s.Err() == nil {
			p.wrong("after Confirm(%d) request %d has the user %q of level %d", level, r.name, s.User(), s.Level())
		}
	case vUnlock:
		if s.User() != "" {
			s.Unlock()
		}
	case vLogout:
		r.logout()
		s.Logout()
	case vRenew:
		s.Renew()
	case vCount, vUpTo, vReset:
		p.counts(r, v, arg)
	case vAppend:
		value := fmt.Sprintf("%d.%d", r.name, p.now)
		p.items = append(p.items, value)
		r.write(itemKey+value, value)
		items.Append(s, value)
	case vTake:
		p.takes(r)
	case vLook:
		switch arg % 3 {
		case 0:
			r.sees(userKey, any(s.User()))
		case 1:
			for _, key := range s.Keys() {
				if !strings.HasPrefix(key, string(items)+"#") {
					r.sees(key, s.Get(key))
				}
			}
			for _, value := range items.Items(s) {
				r.sees(itemKey+value, value)
			}
			for i, digit := range p.digits(s) {
				r.sees(fmt.Sprint(digitKey, i), digit)
			}
		default:
			s.IsNew()
		}
	}
}

func (p *play) save(r *rider) error {
	err := r.s.Save(r.ctx)
	p.tell("  save: %v", err)
	switch {
	case err == nil:
		r.acknowledge()
	case errors.Is(err, core.ErrGone):
		r.discard()
	}
	r.gone = false
	p.check()
	return err
}

// commit ends the part of a request before its headers.
func (p *play) commit(r *rider) {
	if r.headersSent {
		return
	}
	r.headersSent = true
	h, err := p.m.Commit(r.s)
	p.tell("  commit: %v, cookies %.42q", err, h.SetCookie)
	if err != nil {
		// The id that an earlier Save of the request stored.
		for _, line := range h.SetCookie {
			pair, _, _ := strings.Cut(line, ";")
			if idOf(pair).Place != r.place() || strings.HasSuffix(pair, "=") {
				p.wrong("an error comes with the cookie %q", pair)
			}
			p.cookie, p.issued = pair, append(p.issued, pair)
		}
		p.check()
		return
	}
	if r.gone {
		r.discard()
	} else {
		r.acknowledge()
	}
	r.gone = false
	p.answer(r, h.SetCookie)
	p.check()
}

// answer is what the browser gets with a 200.
func (p *play) answer(r *rider, lines []string) {
	now := r.cookie
	for _, line := range lines {
		pair, _, _ := strings.Cut(line, ";")
		now, p.cookie = pair, pair
		if strings.HasSuffix(pair, "=") {
			now, p.cookie = "", ""
		} else {
			p.issued = append(p.issued, pair)
		}
	}
	id := idOf(now)
	place := r.place()
	issued := now != r.cookie && now != ""
	if issued && id.Place != place {
		p.wrong("request %d has the session %q and sets a cookie for %q", r.name, place, id.Place)
	}
	if place != "" && (issued || r.stored == place) && !p.wire.alive(id) && !r.killedByOthers() {
		p.wrong("request %d was answered 200 and its cookie opens nothing", r.name)
	}
	if r.loginStored && !r.killedByOthers() {
		if !issued {
			p.wrong("request %d logged in and set no cookie", r.name)
		}
		if r.cookie != "" && p.wire.alive(r.cookieID) {
			p.wrong("request %d logged in and its old cookie still works", r.name)
		}
	}
}

// check reads the session behind every cookie that was ever issued.
func (p *play) check() {
	p.Helper()
	open := map[string]int{}
	for n, cookie := range p.issued {
		s := p.probe.Start(p.Context(), cookie)
		if s.IsNew() {
			continue
		}
		place := idOf(cookie).Place
		if p.ended[place] {
			p.wrong("the session %q was logged out and can be read with cookie %d", place, n)
		}
		if open[place]++; open[place] > 1 {
			p.wrong("two cookies open the session %q", place)
		}
		user, size := s.User(), 0
		p.judge(place, userKey, user)
		level := ""
		if user != "" {
			level = fmt.Sprint(s.Level())
		}
		p.judge(place, levelKey, level)
		for _, key := range []string{"a", "b", "c", "d"} {
			value, _ := s.Get(key).(string)
			p.judge(place, key, value)
			if value == "" {
				continue
			}
			size += len(key) + len(value) + len(`""`)
			if user == "" {
				continue
			}
			if other := p.under[value]; other != "" && other != user {
				p.wrong("%s reads the value %q of %s", user, value, other)
			}
			p.under[value] = user
		}
		for i, digit := range p.digits(s) {
			p.judge(place, fmt.Sprint(digitKey, i), digit)
		}
		if n := counter.Get(s); n != 0 {
			size += len("n") + len(fmt.Sprint(n))
		}
		there := items.Items(s)
		for _, value := range p.items {
			found := ""
			if slices.Contains(there, value) {
				found = value
				size += len("i#") + 13 + 6 + len(value) + len(`""`)
			}
			if found != "" && p.taken[value] {
				p.wrong("the item %q was taken and is there", value)
			}
			p.judge(place, itemKey+value, found)
		}
		if len(s.Keys()) > 5 || size > 120 {
			p.wrong("the session %q has %d keys of %d bytes", place, len(s.Keys()), size)
		}
	}
}
