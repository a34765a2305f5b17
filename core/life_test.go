package core

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/store"
)

// The outcomes of an operation, by the names that the rows of TestALife use.
var outcomes = map[string]error{
	"ok":         nil,
	"lost":       errors.New("connection reset"),
	"not-done":   store.ErrNotDone,
	"missing":    store.ErrNotFound,
	"corrupt":    store.ErrCorrupt,
	"taken":      store.ErrExists,
	"large":      &store.TooLargeError{Size: 2, Limit: 1, Unit: "bytes"},
	"ended":      &store.GoneError{Ago: time.Second},
	"ended-long": &store.GoneError{Ago: time.Minute},
	"renewed":    &store.GoneError{Ago: time.Second, Renewed: true},
	// Renewed before the request began, by more than the grace.
	"renewed-long": &store.GoneError{Ago: 35 * time.Second, Renewed: true},
}

// running is how long the request of a row has been running.
const running = 10 * time.Second

// Each row plays what a handler does and what comes of the operations that
// follow, in order. "save=ok" checks that the next operation is a save, and gives
// it that outcome; "save=lost again=ok" that a save whose reply was lost comes
// again with the same arguments, and "read-again=ok" that a read begins with it.
// At the end nothing is left to do, unless the last word says so.
func TestALife(t *testing.T) {
	for _, row := range []struct{ start, play, end string }{
		// Without a session.
		{"absent", "", "absent"},
		{"absent", "delete clear renew", "absent"},
		{"absent", "set create=ok", "present a"},
		{"absent", "login create=ok", "present ada"},
		{"absent", "set create=ok delete save=ok", "present"},
		{"absent", "set create=taken create=ok", "present a"},
		{"absent", "set create=not-done create=ok", "present a"},
		{"absent", "set create=large! delete", "absent"},
		{"absent", "logout", "absent"},
		{"absent", "headers set too-late", "absent"},

		// A create of unknown outcome.
		{"absent", "set create=lost! again=ok", "present a"},
		{"absent", "set create=lost! set-b again=ok save=ok", "present a b"},
		{"absent", "set create=lost! clear again=ok save=ok", "present"},
		{"absent", "set create=lost! again=taken create=ok", "present a"},
		{"absent", "login create=lost! logout destroy=ok", "absent"},
		{"absent", "login create=lost! logout set-b destroy=ok create=ok", "present b"},
		{"absent", "login create=lost! logout set-b destroy=lost! destroy=ok create=ok", "present b"},
		{"absent", "set login create=lost! login-bob destroy=ok create=ok", "present bob"},
		{"absent", "login create=lost! login again=ok renew=ok", "present ada"},
		{"absent", "login create=lost! renew again=ok renew=ok", "present ada"},
		{"absent", "set create=lost! headers too-late", "absent"},

		// A cookie that verifies.
		{"unread", "", "unread"},
		{"unread", "load=ok", "present"},
		{"unread", "load=missing", "absent"},
		{"unread", "load=corrupt set create=ok", "present a"},
		{"unread", "load=ended", "over"},
		{"unread", "load=ended-long set create=ok", "present a"},
		{"unread", "load=renewed", "over"},
		{"unread", "load=renewed-long set create=ok", "present a"},
		{"unread", "set load=ended login set-b create=ok", "present ada b"},
		{"unread", "set load=ended-long login create=ok", "present ada a"},
		{"unread", "load=lost! load=ok", "present"},
		{"unread", "set save=ok", "unread"},
		{"unread", "set save=missing create=ok", "present a"},
		{"unread", "set save=corrupt create=ok", "present a"},
		{"unread", "set save=ended gone", "over"},
		{"unread", "set save=ended-long create=ok", "present a"},
		{"unread", "set save=renewed gone", "over"},
		{"unread", "set save=renewed-long create=ok", "present a"},
		{"unread", "clear save=ok", "unread"},
		{"unread", "delete save=ok", "unread"},
		{"unread", "logout destroy=ok", "absent"},
		{"unread", "logout destroy=renewed-long", "absent"},
		{"unread", "logout destroy=lost! destroy=ok", "absent"},

		// A session that was read.
		{"present", "set save=ok", "present a"},
		{"present", "delete save=ok", "present"},
		{"present", "clear save=ok", "present"},
		{"present", "set save=missing gone", "over"},
		{"present", "set save=ended gone", "over"},
		{"present", "set save=ended-long gone", "over"},
		{"present", "set save=renewed gone", "over"},
		{"present", "set save=large! delete save=ok", "present"},
		{"present", "set save=not-done! set-b save=ok", "present a b"},
		{"present", "login renew=ok", "present ada"},
		{"present", "renew renew=ok", "present"},
		{"present", "login renew=renewed create=ok", "present ada"},
		{"present", "renew renew=ended gone", "over"},
		{"present", "headers set save=ok", "present a"},
		{"present", "headers login too-late", "present ada"},
		{"present", "logout set destroy=ok create=ok", "present a"},
		{"present", "set logout destroy=ok", "absent"},

		// A save or a renewal of unknown outcome.
		{"present", "set save=lost! again=ok", "present a"},
		{"present", "set save=lost! set-b again=ok save=ok", "present a b"},
		{"present", "set save=lost! delete again=ok save=ok", "present"},
		{"present", "set save=lost! again=not-done! set-b again=ok save=ok", "present a b"},
		{"present", "set save=lost! delete again=large! save=ok", "present"},
		{"present", "set save=not-done! set-b save=lost! again=not-done! again=ok", "present a b"},
		{"present", "set save=lost! again=ended gone", "over"},
		{"present", "set save=lost! logout destroy=ok", "absent"},
		{"present", "set save=lost! login again=ok renew=ok", "present ada a"},
		{"present", "set save=lost! headers again=ok", "present a"},
		{"unread", "set save=lost! again=ok load=ok", "present"},
		{"unread", "renew renew=lost! read-again=ok load=ok", "present"},
		{"unread", "renew renew=lost! read-again=not-done! again=ok load=ok", "present"},
		{"unread", "set save=lost! again=ended gone", "over"},
		{"present", "login renew=lost! again=ok", "present ada"},
		{"present", "login renew=lost! set again=ok save=ok", "present ada a"},
		{"present", "login renew=lost! login-bob set destroy=ok create=ok", "present bob a"},
		{"present", "login renew=lost! logout destroy=ok", "absent"},
		{"present", "login renew=lost! logout set-b destroy=ok create=ok", "present b"},
		{"present", "login renew=lost! again=renewed create=ok", "present ada"},

		// A session that ended or was renewed while the request was on its way.
		{"over", "set gone", "over"},
		{"over", "set gone set-b gone", "over"},
		{"over", "login create=ok", "present ada"},
		{"over", "login create=lost! logout destroy=ok", "absent"},
		{"over", "logout destroy=ok", "absent"},
		{"absent", "set create=ok set save=renewed gone logout destroy=ok", "absent"},
		{"over", "logout destroy=missing", "absent"},

		// A login that confirms, unlocks, or drops what a guest had.
		{"ada", "confirm renew=ok", "present ada:2"},
		{"ada", "confirm renew=not-done! renew=ok", "present ada:2"},
		{"ada", "confirm renew=lost! again=ok", "present ada:2"},
		{"ada", "confirm renew=lost! set again=ok save=ok", "present ada:2 a"},
		{"ada", "confirm renew=lost! confirm again=ok renew=ok", "present ada:2"},
		{"ada", "confirm renew=lost! unlock again=ok renew=ok", "present ada:2"},
		{"ada", "confirm renew=lost! logout destroy=ok", "absent"},
		{"ada", "confirm renew=lost! login-bob destroy=ok create=ok", "present bob"},
		{"ada", "confirm renew=ended gone", "over"},
		{"ada", "confirm set renew=renewed gone", "over"},
		{"ada", "confirm renew=lost! again=renewed gone", "over"},
		{"ada", "confirm renew=missing gone", "over"},
		{"ada", "confirm login renew=ended create=ok", "present ada"},
		{"ada", "login confirm renew=ended create=ok", "present ada:2"},
		{"ada", "confirm headers too-late", "present ada:2"},
		{"ada", "unlock renew=ok", "present ada"},
		{"ada", "unlock renew=lost! again=ok", "present ada"},
		{"ada", "unlock confirm renew=ok", "present ada:2"},
		{"ada", "unlock renew=ended gone", "over"},
		{"ada", "set login-drop renew=ok", "present ada a"},
		{"absent", "login create=lost! confirm again=ok renew=ok", "present ada:2"},
		{"present", "login renew=lost! confirm again=ok renew=ok", "present ada:2"},
		{"present", "login renew=ok clock=ok confirm renew=ok clock=ok", "present ada:2"},
		{"present", "login renew=ok login renew=lost! clock-again=ok clock=ok", "present ada"},
		{"present", "set login-drop renew=ok", "present ada"},
		{"present", "set login-drop set-b renew=ok", "present ada b"},
		{"present", "set save=lost! login-drop again=ok renew=ok", "present ada"},
		{"over", "set login-drop create=ok", "present ada"},
	} {
		t.Run(row.start+": "+row.play, func(t *testing.T) {
			p := newPlayer(t, row.start)
			for _, word := range strings.Fields(row.play) {
				p.play(word)
			}
			if kind, err := p.life.next(p.headersSent); err == nil && kind != opNone {
				t.Errorf("at the end there is a %s to do", kind)
			}
			if got := p.describe(); got != row.end {
				t.Errorf("ends as %q, want %q", got, row.end)
			}
		})
	}
}

// A player plays one row.
type player struct {
	*testing.T
	life        life
	cookie      id
	headersSent bool
	last        *operation
	stored      login
}

func newPlayer(t *testing.T, start string) *player {
	p := &player{T: t, cookie: p0(t)}
	switch start {
	case "unread", "present", "ada":
		p.life = life{stage: unread, current: p.cookie}
		if start == "ada" {
			p.stored = *loginAs("ada")
		}
		if start != "unread" {
			p.play("load=ok")
		}
	case "over":
		p.life = life{stage: over, former: p.cookie}
	}
	return p
}

func loginAs(user string) *login {
	return &login{Login: store.Login{User: user}, about: about{level: 1}}
}

func p0(t *testing.T) id {
	fresh, err := newID("placeplace00")
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

func (p *player) play(word string) {
	p.Helper()
	l := &p.life
	switch word {
	case "set":
		l.changes.put("a", "1")
	case "set-b":
		l.changes.put("b", "2")
	case "delete":
		l.changes.drop("a")
	case "clear":
		l.changes.dropAll()
	case "login":
		l.login(loginAs("ada"), false)
	case "login-bob":
		l.login(loginAs("bob"), false)
	case "login-drop":
		l.login(loginAs("ada"), true)
	case "confirm":
		l.confirm(2, time.Unix(100, 0), running)
	case "renew":
		l.changes.renew = true
	case "unlock":
		l.changes.renew, l.changes.unlock = true, true
	case "logout":
		l.destroy()
	case "headers":
		p.headersSent = true
	case "gone", "too-late":
		want := map[string]error{"gone": ErrGone, "too-late": ErrTooLate}[word]
		if kind, err := l.next(p.headersSent); !errors.Is(err, want) {
			p.Errorf("%s: next is %q with the error %v", word, kind, err)
		}
	default:
		p.operate(word)
	}
	p.invariants(word)
}

// operate plays a word like "save=ok".
func (p *player) operate(word string) {
	p.Helper()
	name, outcome, _ := strings.Cut(word, "=")
	outcome, fails := strings.CutSuffix(outcome, "!")
	err, known := outcomes[outcome]
	if !known {
		p.Fatalf("there is no outcome %q", outcome)
	}
	l := &p.life
	var o *operation
	switch name {
	case "load", "read-again", "clock", "clock-again":
		var err error
		o, err = l.read(p.headersSent, strings.HasPrefix(name, "clock"))
		if err != nil || o == nil || strings.HasSuffix(name, "again") == (o.kind == opLoad) {
			p.Fatalf("%s: to read, %+v comes first, with the error %v", word, o, err)
		}
	default:
		kind, err := l.next(p.headersSent)
		if err != nil || name != "again" && kind != opKind(name) {
			p.Fatalf("%s: next is %q with the error %v", word, kind, err)
		}
		var fresh id
		if l.needsID(kind, fresh) {
			fresh = p0(p.T)
		}
		o = l.begin(kind, fresh, store.Delta{})
		if (name == "again") != (o == p.last) && kind != opDestroy {
			p.Errorf("%s: the same operation comes again: %v", word, o == p.last)
		}
		p.last = o
	}
	now := time.Unix(100, 0)
	if err == nil && o.write != nil && o.changes.login != nil {
		p.stored = *o.changes.login
	}
	record := &store.Record{
		Login: p.stored.stored(), LoggedIn: now,
		Used: now, Now: now, Deadline: time.Unix(1000, 0), Idle: time.Minute, Left: time.Minute,
	}
	_, failure := l.outcome(o, record, err, running)
	if fails != (failure != nil) && outcome != "not-done" && outcome != "large" {
		p.Errorf("%s: the operation fails with %v", word, failure)
	}
}

// invariants checks those that the comment of life lists.
func (p *player) invariants(word string) {
	p.Helper()
	l := &p.life
	hasID := l.stage == unread || l.stage == present
	for rule, holds := range map[string]bool{
		"current names the stored session, if there is one": hasID == !l.current.isZero(),
		"former names a session that is over":               (l.stage == over) == !l.former.isZero(),
		"login, fields and clock are those of a session that was read": l.stage == present ||
			l.who == nil && l.fields == nil && !l.clock.known(),
		"a create begins without a session, a save and a renewal with one": l.begun == nil ||
			(l.begun.kind == opCreate) == !hasID,
		"what is to be destroyed is known no more": l.toDestroy.isZero() ||
			l.stage == absent && l.begun == nil,
	} {
		if !holds {
			p.Errorf("after %s an invariant is broken: %s: %+v", word, rule, l)
		}
	}
}

// describe tells the stage, and user, level and keys of a session that was read.
func (p *player) describe() string {
	stages := map[stage]string{absent: "absent", unread: "unread", present: "present", over: "over"}
	text := stages[p.life.stage]
	if p.life.stage == present {
		now, _ := p.life.loginNow()
		if now.about.level > 1 {
			now.User += fmt.Sprint(":", now.about.level)
		}
		text = strings.Join(append([]string{text, now.User}, p.life.keys()...), " ")
	}
	return strings.Join(strings.Fields(text), " ")
}

// What a request reads is what the next saves will leave, and reading changes
// nothing of the operation that is to be repeated.
func TestWhatBeganIsRead(t *testing.T) {
	for _, clear := range []bool{false, true} {
		l := life{stage: present, current: p0(t), fields: map[string]string{"a": "0", "old": "0"}}
		if clear {
			l.changes.dropAll()
		}
		l.changes.put("a", "1")
		o := l.begin(opSave, id{}, store.Delta{})
		l.changes.put("b", "2")
		want := map[bool]string{false: "[a b old]", true: "[a b]"}[clear]
		if text, ok := l.field("a"); text != "1" || !ok || fmt.Sprint(l.keys()) != want {
			t.Errorf("clear %v: a is %q, the keys are %v, want %s", clear, text, l.keys(), want)
		}
		if len(o.delta.Set) != 1 {
			t.Errorf("clear %v: the operation was changed: %v", clear, o.delta.Set)
		}
	}
}

func TestARenewalStaysAtItsPlace(t *testing.T) {
	l := life{stage: present, current: p0(t)}
	l.changes.renew = true
	other, err := newID("anotherplace")
	if err != nil || !l.needsID(opRenew, other) || l.needsID(opRenew, p0(t)) {
		t.Errorf("a renewal takes the id %q at another place, error %v", other.place(), err)
	}
}

// A request that reads nothing, runs for long, and finds nothing cannot know
// whether the session ended meanwhile: the store may have forgotten.
func TestALongRequestTakesNothingForOver(t *testing.T) {
	for _, test := range []struct {
		running time.Duration
		want    stage
	}{{store.Memory - grace - 1, absent}, {store.Memory - grace, over}} {
		l := life{stage: unread, current: p0(t)}
		if _, err := l.outcome(l.use(opLoad), nil, store.ErrNotFound, test.running); err != nil || l.stage != test.want {
			t.Errorf("after %v: stage %v, error %v; want stage %v", test.running, l.stage, err, test.want)
		}
	}
}

// An id that was renewed counts as in flight if that was during the request, or
// in the grace before it.
func TestHowLongAgoDecidesWhetherARequestWasOnItsWay(t *testing.T) {
	for _, test := range []struct {
		ago  time.Duration
		want stage
	}{{0, over}, {running, over}, {running + grace, over}, {running + grace + 1, absent}} {
		for _, renewed := range []bool{false, true} {
			l := life{stage: unread, current: p0(t)}
			_, _ = l.outcome(l.use(opLoad), nil, &store.GoneError{Ago: test.ago, Renewed: renewed}, running)
			if l.stage != test.want {
				t.Errorf("renewed %v, %v ago: stage %v, want %v", renewed, test.ago, l.stage, test.want)
			}
		}
	}
}

// Destroying while a call is under way makes its outcome meaningless.
func TestAnOutcomeThatCameTooLateChangesNothing(t *testing.T) {
	for _, kind := range []string{"load", "save", "renew", "create"} {
		start := "present"
		if kind == "load" {
			start = "unread"
		} else if kind == "create" {
			start = "absent"
		}
		p := newPlayer(t, start)
		var o *operation
		switch kind {
		case "load":
			o = p.life.use(opLoad)
		default:
			p.play("set")
			if kind == "renew" {
				p.play("renew")
			}
			o = p.life.begin(opKind(kind), p0(t), store.Delta{})
		}
		p.play("logout")
		want := fmt.Sprintf("%+v", p.life)
		if e, err := p.life.outcome(o, new(store.Record), nil, 0); err != nil || e.Kind != "" {
			t.Errorf("%s: event %q, error %v", kind, e.Kind, err)
		}
		if got := fmt.Sprintf("%+v", p.life); got != want {
			t.Errorf("%s: the life changed from %s to %s", kind, want, got)
		}
	}
}
