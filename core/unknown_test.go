package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/internal/storehook"
)

// A faultyStore loses calls. The first attempts of one operation fail with a
// broken connection; whether and when each takes effect is the fault.
type faultyStore struct {
	storehook.Store
	op       string // that fails
	attempts int    // that fail
	fault    fault
	delayed  []func()
}

func newFaulty(f fault) *faultyStore {
	s := &faultyStore{fault: f}
	s.Hook = s.do
	return s
}

type fault string

const (
	replyLost     fault = "its reply is lost"
	requestLost   fault = "it is lost"
	requestLate   fault = "it arrives when the request is over"
	requestLately fault = "it arrives after the next call"
)

var errBroken = errors.New("connection reset by peer")

func (s *faultyStore) do(_ context.Context, c storehook.Call) error {
	call := func() error { return c.Do(context.Background()) }
	if c.Op != s.op || s.attempts == 0 {
		err := call()
		if s.fault == requestLately && c.Op != "new place" {
			s.arrive()
		}
		return err
	}
	s.attempts--
	switch s.fault {
	case replyLost:
		_ = call()
	case requestLate, requestLately:
		s.delayed = append(s.delayed, func() { _ = call() })
	}
	return errBroken
}

// arrive carries out what was on its way.
func (s *faultyStore) arrive() {
	for _, call := range s.delayed {
		call()
	}
	s.delayed = nil
}

// A deed is something that a handler does.
type deed struct {
	name string
	do   func(s *core.Session)
}

var (
	setA      = deed{"Set a", func(s *core.Session) { s.Set("a", "first") }}
	loginAda  = deed{"Login ada", func(s *core.Session) { s.Login("ada") }}
	nextDeeds = []deed{
		{"nothing", func(*core.Session) {}},
		{"Set b", func(s *core.Session) { s.Set("b", "later") }},
		{"Set a", func(s *core.Session) { s.Set("a", "later") }},
		{"Delete a", func(s *core.Session) { s.Delete("a") }},
		{"Clear", func(s *core.Session) { s.Clear() }},
		{"Add and Append", func(s *core.Session) { counter.Add(s, 5); items.Append(s, "later") }},
		{"Add up to 5", func(s *core.Session) {
			if _, err := counter.AddUpTo(context.Background(), s, 2, 5); err != nil {
				s.Set("refused", true) // which the commit then reports
			}
		}},
		{"Delete the counter, and Add", func(s *core.Session) { counter.Delete(s); counter.Add(s, 7) }},
		{"Set the counter, and Add", func(s *core.Session) { s.Set(string(counter), 4); counter.Add(s, 7) }},
		loginAda,
		{"Login bob", func(s *core.Session) { s.Login("bob") }},
		{"Logout", func(s *core.Session) { s.Logout() }},
		{"Logout and Set b", func(s *core.Session) { s.Logout(); s.Set("b", "later") }},
		{"Renew", func(s *core.Session) { s.Renew() }},
		confirms,
		{"Unlock", func(s *core.Session) {
			if s.User() != "" {
				s.Unlock()
			}
		}},
		{"Login ada, remembered", func(s *core.Session) {
			s.LoginWith(core.Login{User: "ada", Remember: true, Level: 3, DropGuest: true})
		}},
	}
	confirms = deed{"Confirm", func(s *core.Session) {
		if s.User() != "" {
			s.Confirm(2)
		}
	}}
)

// H30: a handler saves, gets an error whose meaning nobody knows, and goes on.
// What the response then says is so: the same as if nothing had failed.
func TestWhatFollowsAnUnknownOutcome(t *testing.T) {
	synctest.Test(t, whatFollows)
}

func whatFollows(t *testing.T) {
	guest := deed{"a guest", func(s *core.Session) { s.Set("cart", "book") }}
	ada := deed{"ada", func(s *core.Session) { s.Login("ada"); s.Set("diary", "private") }}
	for _, first := range []struct {
		op      string
		visitor deed
		deed
	}{
		{"create", deed{name: "a stranger"}, setA},
		{"create", deed{name: "a stranger"}, loginAda},
		{"save", guest, setA},
		{"save", ada, deed{"Clear", func(s *core.Session) { s.Clear() }}},
		{"save", ada, deed{"Add and Append", func(s *core.Session) {
			counter.Add(s, 2)
			items.Append(s, "first")
		}}},
		{"save", guest, deed{"Add up to 3", func(s *core.Session) {
			_, _ = counter.AddUpTo(context.Background(), s, 3, 3)
		}}},
		{"create", deed{name: "a stranger"}, deed{"Add and Append", func(s *core.Session) {
			counter.Add(s, 2)
			items.Append(s, "first")
		}}},
		{"renew", guest, deed{"Login ada and Add", func(s *core.Session) {
			counter.Add(s, 2)
			s.Login("ada")
			counter.Add(s, 3)
		}}},
		{"renew", guest, loginAda},
		{"renew", ada, deed{"Renew and Set a", func(s *core.Session) { s.Renew(); s.Set("a", "first") }}},
		{"renew", ada, confirms},
		{"renew", ada, deed{"Unlock and Clear", func(s *core.Session) { s.Unlock(); s.Clear() }}},
		{"renew", guest, deed{"Login ada without the guest's", func(s *core.Session) {
			s.LoginWith(core.Login{User: "ada", Level: 2, DropGuest: true})
		}}},
		{"destroy", ada, deed{"Login bob", func(s *core.Session) { s.Login("bob") }}},
		{"create", ada, deed{"Login bob", func(s *core.Session) { s.Login("bob") }}},
		{"destroy", ada, deed{"Logout", func(s *core.Session) { s.Logout() }}},
		{"destroy", ada, deed{"Logout and Set a", func(s *core.Session) { s.Logout(); s.Set("a", "first") }}},
		{"load", ada, deed{"Get", func(s *core.Session) { s.Get("diary") }}},
	} {
		for _, next := range nextDeeds {
			for _, fault := range []fault{replyLost, requestLost, requestLate, requestLately} {
				for _, attempts := range []int{1, 2, 3} {
					name := fmt.Sprintf("%s, %s, %s fails %d times because %s, %s",
						first.visitor.name, first.name, first.op, attempts, fault, next.name)
					v := visit{first.visitor, first.deed, next}
					whole := v.play(t, newFaulty(""))
					keep := newFaulty(fault)
					keep.op, keep.attempts = first.op, attempts
					broken := v.play(t, keep)
					if first.op == "load" && attempts > 1 {
						if broken.failure == "" || broken.cookies > 0 {
							t.Errorf("%s: a request whose session could not be read is answered %+v", name, broken)
						}
						continue
					}
					if first.op == "destroy" && broken.sessions < whole.sessions {
						// One that was stored and emptied is not stored.
						whole.sessions, whole.keep = broken.sessions, broken.keep
					}
					if broken != whole {
						t.Errorf("%s: ends as\n%+v, want\n%+v", name, broken, whole)
					}
				}
			}
		}
	}
}

// The same while the store stays broken: the response is an error without a
// cookie, and when the store works again the visitor can go on.
func TestAnUnknownOutcomeThatStaysUnknownIsAnError(t *testing.T) {
	synctest.Test(t, staysUnknown)
}

func staysUnknown(t *testing.T) {
	for _, op := range []string{"create", "save", "renew", "destroy"} {
		visitor := deed{"a guest", func(s *core.Session) { s.Set("cart", "book") }}
		first := map[string]deed{
			"create": setA, "save": setA, "renew": loginAda,
			"destroy": {"Logout", func(s *core.Session) { s.Logout() }},
		}[op]
		if op == "create" {
			visitor = deed{}
		}
		for _, next := range nextDeeds {
			for _, fault := range []fault{replyLost, requestLost} {
				keep := newFaulty(fault)
				keep.op, keep.attempts = op, 1000
				got := visit{visitor, first, next}.play(t, keep)
				// By another operation.
				ended := strings.HasPrefix(next.name, "Logout") && op != "destroy" ||
					next.name == "Login bob" && op == "renew"
				if !ended && (got.failure == "" || got.cookies > 0) {
					t.Errorf("%s, which %s, then %s: answered %+v", op, fault, next.name, got)
				}
			}
		}
	}
}

// A visit is a request of a visitor whose first deed is saved at once.
type visit struct{ visitor, first, next deed }

// A result is what came of a visit, for the client and in the store.
type result struct {
	failure  string // of the commit
	cookies  int    // that the response set
	user     string // by the cookie that the browser has then
	level    int
	keep     string // Max-Age
	values   string
	formerID string // who the cookie from before the request belongs to
	sessions int
}

func (v visit) play(t *testing.T, keep *faultyStore) (r result) {
	t.Helper()
	op := keep.op
	keep.op = ""
	b := browserOn(t, keep, &core.Options{StoreTimeout: time.Hour})
	if v.visitor.do != nil {
		b.request(v.visitor.do)
	}
	former := b.cookie

	keep.op = op
	s := b.start()
	v.first.do(s)
	_ = s.Save(t.Context())
	v.next.do(s)
	h, err := b.commit(s)
	b.m.Finish(s)
	if err != nil {
		r.failure = "503"
		if adapter.HTTPStatus(err) != 503 {
			t.Errorf("%s, %s, %s: %v", v.visitor.name, v.first.name, v.next.name, err)
		}
	}
	r.cookies = len(h.SetCookie)
	keep.op = ""
	keep.arrive()

	s = b.start()
	r.user, r.level, r.keep = s.User(), s.Level(), maxAge(h)
	for _, key := range s.Keys() {
		name, _, _ := strings.Cut(key, "#") // of an item
		r.values += fmt.Sprintf("%s=%v ", name, s.Get(key))
	}
	b.cookie = former
	r.formerID = b.start().User()
	r.sessions = keep.Len()
	return r
}
