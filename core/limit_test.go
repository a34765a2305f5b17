package core_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/storehook"
)

func TestTheOldestSessionEndsAtTheLimit(t *testing.T) {
	b := newBrowser(t, &core.Options{MaxSessions: 2})
	all := devices(b, "ada", "a", "b")
	devices(b, "bob", "x", "y")
	b.store.took()
	all[0].request(func(s *core.Session) { s.Confirm(1) }) // which makes it younger than b
	b.store.Advance(time.Minute)
	b.events = nil
	c := devices(b, "ada", "c")[0]
	if got := alive(b, "ada"); got != "a c" || alive(b, "bob") != "x y" {
		t.Errorf("alive are %q and %q, want those with the latest logins", got, alive(b, "bob"))
	}
	if last := b.events[len(b.events)-1]; last.Kind != core.EventEnded || last.User != "ada" ||
		last.Reason != "limit" || last.Count != 1 || last.Place == "" {
		t.Errorf("the last event is %+v", last)
	}
	if b.cookie = all[1].cookie; b.start().User() != "" {
		t.Error("the session that went can still be read")
	}
	// The same device again takes no further place.
	b.store.Advance(time.Minute)
	c.request(func(s *core.Session) { s.LoginWith(core.Login{User: "ada", Device: "c"}) })
	if got := alive(b, "ada"); got != "a c" {
		t.Errorf("after a second login of c: %q", got)
	}
	// What has idled out takes none either.
	b.store.Advance(31 * time.Minute)
	devices(b, "ada", "d", "e")
	if got := alive(b, "ada"); got != "d e" {
		t.Errorf("after the idle timeout: %q", got)
	}
}

// A login whose first replies are lost, and which a read repeats, counts as well.
func TestTheLimitCountsALoginThatAReadRepeats(t *testing.T) {
	b := newBrowser(t, &core.Options{MaxSessions: 1})
	devices(b, "ada", "a")
	b.store.Advance(time.Minute)
	c := b.another()
	s := c.start()
	s.Set("k", 1)
	if err := s.Save(t.Context()); err != nil { // from now on the times are unknown, so Created reads
		t.Fatal(err)
	}
	s.LoginWith(core.Login{User: "ada", Device: "c"})
	c.store.fail("renew", errors.New("the reply is lost"))
	if err := s.Save(t.Context()); err == nil {
		t.Fatal("the login is stored")
	}
	c.store.fail("renew", nil)
	if s.Created().IsZero() || b.store.took() == "" {
		t.Fatalf("the login is not repeated: %v", s.Err())
	}
	if _, err := c.commit(s); err != nil || alive(b, "ada") != "c" {
		t.Errorf("error %v, alive are %q", err, alive(b, "ada"))
	}
}

func TestALoginIsRefusedAtTheLimit(t *testing.T) {
	b := newBrowser(t, &core.Options{MaxSessions: 2, AtLimit: core.RefuseLogin})
	all := devices(b, "ada", "a", "b")
	for name, before := range map[string]func(s *core.Session){
		"a stranger": nil,
		"a guest":    func(s *core.Session) { s.Set("k", 1) },
		"bob":        func(s *core.Session) { s.Login("bob") },
	} {
		c := b.another()
		if before != nil {
			c.request(before)
		}
		s := c.start()
		s.LoginWith(core.Login{User: "ada", Device: "c"})
		err := s.Save(t.Context())
		if !errors.Is(err, core.ErrTooManySessions) || core.HTTPStatus(err) != 409 {
			t.Errorf("%s: Save returns %v", name, err)
		}
		h, err := c.commit(s)
		if !errors.Is(err, core.ErrTooManySessions) || h.SetCookie != nil || h.Retry ||
			s.User() != "" || alive(b, "ada") != "a b" || b.store.Len() != 2 {
			t.Errorf("%s: error %v, headers %+v, alive %q of %d", name, err, h, alive(b, "ada"), b.store.Len())
		}
	}
	// Who is in stays in, whatever they do.
	for name, change := range map[string]func(s *core.Session){
		"Confirm": func(s *core.Session) { s.Confirm(2) }, "Renew": func(s *core.Session) { s.Renew() },
		"a login": func(s *core.Session) { s.LoginWith(core.Login{User: "ada", Device: "a"}) },
	} {
		all[0].request(change)
		if got := alive(b, "ada"); got != "a b" {
			t.Errorf("after %s: %q", name, got)
		}
	}
	all[1].request(func(s *core.Session) { s.Logout() })
	devices(b, "ada", "d")
	if got := alive(b, "ada"); got != "a d" {
		t.Errorf("after a logout and a login: %q", got)
	}
}

// A session that is in when the limit becomes smaller stays in: only logins are
// counted.
func TestASmallerLimitEndsNothingByItself(t *testing.T) {
	b := newBrowser(t, nil)
	all := devices(b, "ada", "a", "b", "c")
	for _, at := range []core.AtLimit{core.EndOldest, core.RefuseLogin} {
		m := b.manager(b.store, &core.Options{MaxSessions: 1, AtLimit: at})
		for _, d := range all {
			d.m = m
			d.request(func(s *core.Session) { s.Confirm(1) })
		}
		if got := alive(b, "ada"); got != "a b c" {
			t.Errorf("policy %d: after three confirmations %q", at, got)
		}
	}
}

// R41: parallel logins in several processes leave exactly as many as allowed. If
// they are refused, no other is told that it is in, unless both came in the same
// millisecond.
func TestParallelLoginsKeepTheLimit(t *testing.T) {
	const logins, most = 100, 5
	for _, at := range []core.AtLimit{core.EndOldest, core.RefuseLogin} {
		for round := range 10 {
			ticks := round%2 == 0 // no two sessions begin in the same millisecond
			keep := &storehook.Store{}
			var mu sync.Mutex
			keep.Hook = func(ctx context.Context, c storehook.Call) error {
				if ticks && c.Op == "create" {
					mu.Lock()
					defer mu.Unlock()
					keep.Advance(time.Millisecond)
				}
				return c.Do(ctx)
			}
			var processes []*core.Manager
			for range 3 {
				opts := &core.Options{MaxSessions: most, AtLimit: at, StoreTimeout: time.Minute}
				processes = append(processes, browserOn(t, keep, opts).m)
			}
			browsers := make([]*browser, logins)
			errs := make([]error, logins)
			var wg sync.WaitGroup
			for i := range browsers {
				browsers[i] = &browser{t: t, m: processes[i%3]}
				wg.Go(func() {
					s := browsers[i].start()
					s.Login("ada")
					_, errs[i] = browsers[i].commit(s)
				})
			}
			wg.Wait()
			in, ok := 0, 0
			for i, b := range browsers {
				user := b.start().User()
				if user != "" {
					in++
				}
				if errs[i] == nil {
					ok++
				} else if !errors.Is(errs[i], core.ErrTooManySessions) || user != "" {
					t.Errorf("login %d: error %v, user %q", i, errs[i], user)
				}
			}
			if in != most || keep.Len() != most || at == core.RefuseLogin && ticks && ok != most {
				t.Errorf("policy %d, round %d: %d sessions of %d are in, %d were answered 200; want %d",
					at, round, in, keep.Len(), ok, most)
			}
		}
	}
}

// While a login waits to be counted, one who is in confirms: the login is the one
// that goes.
func TestAConfirmationDuringALoginKeepsItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := &slowList{Store: memstore.New()}
		in := browserOn(t, keep, &core.Options{MaxSessions: 1, AtLimit: core.RefuseLogin})
		out := in.another()
		in.request(logIn)
		time.Sleep(15 * time.Minute)
		keep.before = func() {
			keep.before = nil
			time.Sleep(10 * time.Millisecond)
			in.request(func(s *core.Session) { s.Confirm(2) })
		}
		s := out.start()
		s.Login("ada")
		if _, err := out.commit(s); !errors.Is(err, core.ErrTooManySessions) {
			t.Errorf("the login: %v", err)
		}
		if user := in.start().User(); user != "ada" || keep.Len() != 1 {
			t.Errorf("who was in is %q, %d sessions", user, keep.Len())
		}
	})
}

// A login that was ended by another one's count is not in, whatever it counts
// itself.
func TestALoginThatWasEndedBeforeItCounted(t *testing.T) {
	for at, want := range map[core.AtLimit]error{core.RefuseLogin: core.ErrTooManySessions, core.EndOldest: nil} {
		keep := &slowList{Store: memstore.New()}
		b := browserOn(t, keep, &core.Options{MaxSessions: 1, AtLimit: at})
		keep.before = func() { _, _ = keep.End(t.Context(), store.Owner{User: "ada"}, store.Ending{}) }
		s := b.start()
		s.Login("ada")
		if _, err := b.commit(s); !errors.Is(err, want) {
			t.Errorf("policy %d: %v, want %v", at, err, want)
		}
	}
}

// Servers have clocks of their own. A login on one that is behind ends nobody who
// has been in for a while.
func TestAClockThatIsBehindEndsNobody(t *testing.T) {
	keep := &slowList{Store: memstore.New(), behind: time.Hour}
	in := browserOn(t, keep, &core.Options{MaxSessions: 1, AtLimit: core.RefuseLogin})
	out := in.another()
	in.request(func(s *core.Session) { s.Login("ada") })
	keep.Advance(10 * time.Minute)
	keep.spare = in.start().ID().Place
	s := out.start()
	s.Login("ada")
	if _, err := out.commit(s); err != nil || in.start().User() != "ada" {
		t.Errorf("error %v; who was in is %q", err, in.start().User())
	}
}

// slowList is a store in which something happens before a list is read, and whose servers
// disagree about the time.
type slowList struct {
	*memstore.Store
	before func()
	behind time.Duration // what the clock of the server of all places but one lacks
	spare  string
}

func (s *slowList) List(ctx context.Context, of store.Owner, q store.Query) (store.Page, error) {
	if s.before != nil {
		s.before()
	}
	page, err := s.Store.List(ctx, of, q)
	for i, l := range page.Sessions {
		if l.Place != s.spare {
			page.Sessions[i].LoggedIn, page.Sessions[i].Now = l.LoggedIn.Add(-s.behind), l.Now.Add(-s.behind)
		}
	}
	return page, err
}

// A login whose reply was lost is counted when its outcome is known, however the
// request learns it.
func TestALoginOfUnknownOutcomeIsCounted(t *testing.T) {
	for name, next := range map[string]func(s *core.Session){
		"nothing": func(*core.Session) {}, "a read": func(s *core.Session) { s.LoggedIn() },
		"a change": func(s *core.Session) { s.Set("k", 1) },
	} {
		keep := newFaulty(replyLost)
		in := browserOn(t, keep, &core.Options{MaxSessions: 1, AtLimit: core.RefuseLogin})
		out := in.another()
		in.request(func(s *core.Session) { s.Login("ada") })
		keep.Advance(time.Minute)
		keep.op, keep.attempts = "create", 2
		s := out.start()
		s.Login("ada")
		if err := s.Save(t.Context()); !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		next(s)
		if _, err := out.commit(s); !errors.Is(err, core.ErrTooManySessions) || keep.Len() != 1 {
			t.Errorf("%s: error %v, %d sessions", name, err, keep.Len())
		}
	}
}

// A list that cannot be read lets logins through, and is an event. An end that
// fails is one as well.
func TestTheLimitWithoutAnAnswer(t *testing.T) {
	keep, b := newFlawed(t, &core.Options{MaxSessions: 1})
	devices(b, "ada", "a")
	for _, test := range []struct{ listErr, endErr error }{{errDown, nil}, {nil, errDown}} {
		keep.listErr, keep.endErr = test.listErr, test.endErr
		b.events = nil
		devices(b, "ada", "b")
		var failed []string
		for _, e := range b.events {
			if e.Kind == core.EventStoreError {
				failed = append(failed, fmt.Sprintf("%s of %s: %v", e.Op, e.User, e.Err))
			}
		}
		if len(failed) != 1 || failed[0] != "limit of ada: store is down" {
			t.Errorf("list fails %v, end %v: events %q", test.listErr, test.endErr, failed)
		}
	}
}
