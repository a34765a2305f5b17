package core_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/memstore"
	"github.com/ringsession/ringsession/core/store"
)

// A farStore is a store as a process sees it whose own clock is off by so much: all
// its times are.
type farStore struct {
	*memstore.Store
	off time.Duration
}

func (s farStore) shift(r store.Record) store.Record {
	for _, at := range []*time.Time{&r.Created, &r.LoggedIn, &r.Used, &r.Deadline, &r.Now} {
		if !at.IsZero() {
			*at = at.Add(s.off)
		}
	}
	return r
}

func (s farStore) Load(ctx context.Context, id store.ID) (*store.Record, error) {
	r, err := s.Store.Load(ctx, id)
	if err == nil {
		*r = s.shift(*r)
	}
	return r, err
}

func (s farStore) List(ctx context.Context, of store.Owner, q store.Query) (store.Page, error) {
	page, err := s.Store.List(ctx, of, q)
	for i := range page.Sessions {
		page.Sessions[i].Record = s.shift(page.Sessions[i].Record)
	}
	return page, err
}

// Two processes share sessions, and their clocks are hours apart from each other and
// from the store's. Every decision is what it is when all agree.
func TestTheClocksOfProcessesDecideNothing(t *testing.T) {
	agreed := playWithClocks(t, 0, 0)
	if len(agreed) < 50 {
		t.Fatalf("%d decisions", len(agreed))
	}
	for _, off := range [][2]time.Duration{
		{time.Hour, -time.Hour}, {time.Hour, time.Hour}, {-time.Hour, 100 * 365 * 24 * time.Hour},
	} {
		for i, got := range playWithClocks(t, off[0], off[1]) {
			if got != agreed[i] {
				t.Errorf("clocks that are off by %v: decision %d is %q, want %q", off, i, got, agreed[i])
			}
		}
	}
}

// playWithClocks has two processes answer in turn, and returns all that they decide.
func playWithClocks(t *testing.T, off1, off2 time.Duration) (decisions []string) {
	synctest.Test(t, func(t *testing.T) {
		keep := memstore.New()
		var processes []*core.Manager
		for _, off := range []time.Duration{off1, off2} {
			m, err := core.New(farStore{keep, off}, secret, &core.Options{
				Locks: true, MaxSessions: 2, AtLimit: core.RefuseLogin, Logger: slog.New(slog.DiscardHandler),
				Guest: core.Guest{Lifetimes: core.Lifetimes{Idle: time.Minute}},
			})
			if err != nil {
				t.Fatal(err)
			}
			processes = append(processes, m)
		}
		turn := 0
		note := func(format string, args ...any) { decisions = append(decisions, fmt.Sprintf(format, args...)) }
		ask := func(b *browser, do func(s *core.Session)) {
			turn++
			time.Sleep(time.Second) // no two logins in the same millisecond
			b.t, b.m = t, processes[turn%2]
			s := b.start()
			do(s)
			note("%s, level %d, idle left %v, ends %v after the login", who(s), s.Level(), s.IdleLeft(),
				s.Deadline().Sub(s.LoggedIn()))
			guard := core.Guard{MaxAge: 15 * time.Minute, Level: 1}
			note("guard: %v", guard.Check(core.NewContext(t.Context(), s), fake{}))
			h, err := b.commit(s)
			note("cookie %q, error %v, %d sessions", maxAge(h), err, keep.Len())
			list, err := b.m.Of(t.Context(), "ada")
			for _, u := range list {
				note("listed: level %d, locked %v, used %v after the login, error %v", u.Level, u.Locked,
					u.LastUsed.Sub(u.LoggedIn), err)
			}
		}
		look := func(s *core.Session) { s.User() }
		plain, kept, third, guest := new(browser), new(browser), new(browser), new(browser)
		ask(guest, func(s *core.Session) { s.Set("k", 1) })
		ask(plain, func(s *core.Session) { s.Login("ada") })
		ask(kept, func(s *core.Session) {
			s.LoginWith(core.Login{User: "ada", Remember: true, Until: time.Now().Add(9 * day)})
		})
		ask(third, func(s *core.Session) {
			s.Login("ada")
			note("a third login: too many %v", errors.Is(s.Save(t.Context()), core.ErrTooManySessions))
		})
		for range 6 {
			time.Sleep(10 * time.Minute)
			ask(plain, look)
			ask(guest, look)
		}
		time.Sleep(31 * time.Minute)
		ask(plain, look)
		ask(plain, func(s *core.Session) { s.Unlock() })
		ask(plain, func(s *core.Session) { s.Confirm(2) })
		time.Sleep(2 * day)
		for range 2 {
			ask(kept, look)
			ask(kept, func(s *core.Session) { s.Confirm(1) })
		}
		ask(plain, look)
		time.Sleep(7*day - 2*time.Hour)
		ask(kept, look)
	})
	return decisions
}
