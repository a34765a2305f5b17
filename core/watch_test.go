package core_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/store"
)

// stream begins a request with the browser's cookie, reads the session, and lets the
// headers leave.
func (b *browser) stream() *core.Session {
	b.t.Helper()
	s := b.start()
	s.User()
	if _, err := b.m.Commit(s); err != nil {
		b.t.Fatalf("commit: %v", err)
	}
	return s
}

// reason names the error of a Reload or a Wait.
func reason(err error) string {
	switch {
	case err == nil:
		return "changed"
	case errors.Is(err, core.ErrRenewed) && errors.Is(err, core.ErrGone):
		return "renewed"
	case errors.Is(err, core.ErrGone):
		return "gone"
	case errors.Is(err, core.ErrLocked):
		return "locked"
	case errors.Is(err, context.DeadlineExceeded):
		return "nothing"
	}
	return err.Error()
}

// What a stream learns of what another request did, and when: the watch that reads
// every two seconds tells within two seconds.
func TestAStreamLearnsWhatBecomesOfItsSession(t *testing.T) {
	request := func(do func(*core.Session)) func(*browser) {
		return func(b *browser) { b.request(do) }
	}
	for _, test := range []struct {
		elsewhere string
		do        func(b *browser)
		want      string
		user      string // of the stream, afterwards
		k         any
		told      string
	}{
		{"nothing", func(*browser) {}, "nothing", "ada", 1.0, ""},
		{"a read", request(func(s *core.Session) { s.User() }), "nothing", "ada", 1.0, ""},
		{"a save of the same value", request(func(s *core.Session) { s.Set("k", 1) }), "nothing", "ada", 1.0, ""},
		{"a change", request(func(s *core.Session) { s.Set("k", 2) }), "changed", "ada", 2.0, ""},
		{"another key", request(func(s *core.Session) { s.Set("l", 2) }), "changed", "ada", 1.0, ""},
		{"a deletion", request(func(s *core.Session) { s.Delete("k") }), "changed", "ada", nil, ""},
		{"Logout", request((*core.Session).Logout), "gone", "", nil, ""},
		{"Renew", request((*core.Session).Renew), "renewed", "", nil, ""},
		{"Confirm", request(func(s *core.Session) { s.Confirm(2) }), "renewed", "", nil, ""},
		{"the same user's login", request(func(s *core.Session) { s.Login("ada") }), "renewed", "", nil, ""},
		{"another user's login", request(func(s *core.Session) { s.Login("bob") }), "gone", "", nil, ""},
		{"EndAll", func(b *browser) { _, _ = b.m.EndAll(t.Context(), "ada") }, "gone", "", nil, ""},
		{"the idle timeout", func(b *browser) { b.store.Advance(time.Hour) }, "gone", "", nil, "expired expired"},
	} {
		t.Run(test.elsewhere, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBrowser(t, nil)
				b.request(func(s *core.Session) { s.Login("ada"); s.Set("k", 1) })
				s := b.stream()
				reloaded := b.stream()
				test.do(b)
				b.told()
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				if got := reason(s.Wait(ctx)); got != test.want {
					t.Errorf("Wait says %q, want %q", got, test.want)
				}
				if got, k := s.User(), s.Get("k"); got != test.user || k != test.k {
					t.Errorf("the stream has user %q and k %v, want %q and %v", got, k, test.user, test.k)
				}
				if got, want := reason(reloaded.Reload(t.Context())), strings.Replace(test.want, "nothing", "changed", 1); got != want {
					t.Errorf("Reload says %q, want %q", got, want)
				}
				if got, k := reloaded.User(), reloaded.Get("k"); got != test.user || k != test.k {
					t.Errorf("after Reload, user %q and k %v, want %q and %v", got, k, test.user, test.k)
				}
				// The end was told where it happened, but that of a session whose time is over.
				if got := b.told(); got != test.told {
					t.Errorf("events %q, want %q", got, test.told)
				}
				if err := errors.Join(s.Err(), reloaded.Err()); err != nil {
					t.Errorf("Err is %v", err)
				}
				if test.want == "gone" || test.want == "renewed" {
					if again := reason(s.Wait(t.Context())); again != test.want {
						t.Errorf("the next Wait says %q", again)
					}
				}
			})
		})
	}
}

// What the stream itself saves is no news to it, and news are told to all that wait.
func TestAStreamIsNotToldOfItsOwnSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Login("ada") })
		s := b.stream()
		var waits sync.WaitGroup
		for range 2 {
			waits.Go(func() {
				if got := reason(s.Wait(t.Context())); got != "changed" || s.Get("theirs") != 1.0 {
					t.Errorf("Wait says %q, with %v", got, s.Get("theirs"))
				}
			})
		}
		s.Set("own", 1)
		if err := s.Save(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(10 * time.Second)
		b.request(func(s *core.Session) { s.Set("theirs", 1) })
		waits.Wait()
	})
}

// A stream on a session that locks is told, although the session is still stored.
func TestAStreamLearnsThatItsSessionIsLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, locking)
		b.request(func(s *core.Session) { s.Login("ada") })
		s, begun := b.stream(), time.Now()
		if got := reason(s.Wait(t.Context())); got != "locked" || who(s) != "locked ada" {
			t.Errorf("Wait says %q, for %q", got, who(s))
		}
		if took := time.Since(begun); took < time.Hour || took > time.Hour+2*time.Second {
			t.Errorf("after %v, want an hour: a watch is no use of the session", took)
		}
		b.request((*core.Session).Unlock)
		if got := reason(s.Wait(t.Context())); got != "renewed" {
			t.Errorf("after the Unlock, Wait says %q", got)
		}
	})
}

// A watch keeps nobody signed in, neither while it runs nor by the end of its request.
func TestAWatchIsNoUseOfTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Login("ada") })
		s, begun := b.stream(), time.Now()
		b.store.took()
		if got := reason(s.Wait(t.Context())); got != "gone" {
			t.Errorf("Wait says %q", got)
		}
		if took := time.Since(begun); took > 30*time.Minute+2*time.Second {
			t.Errorf("the session lived %v", took)
		}
		b.request(func(s *core.Session) { s.Login("ada") })
		s = b.stream()
		b.store.Advance(20 * time.Minute)
		if err := s.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.store.took()
		b.m.Finish(s)
		if got := b.store.took(); got != "" {
			t.Errorf("the end of the stream calls %q", got)
		}
	})
}

// An outage is no logout, and what failed is not kept. It is reported once in an
// interval, however many wait.
func TestAStreamSurvivesAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Login("ada"); s.Set("k", 1) })
		var waits sync.WaitGroup
		streams := make([]*core.Session, 50)
		answers := make([]error, len(streams))
		for i := range streams {
			if streams[i] = b.stream(); i%2 == 1 {
				streams[i] = b.m.Start(t.Context(), b.cookie...) // nobody has read it
			}
		}
		// Another one, because a goroutine that waits for a call of its session stops the
		// bubble's clock.
		reloads := b.stream()
		b.told()
		b.store.fail("load", errDown)
		for i, s := range streams {
			waits.Go(func() { answers[i] = s.Wait(t.Context()) })
		}
		if err := reloads.Reload(t.Context()); !errors.Is(err, errDown) || core.HTTPStatus(err) != 503 {
			t.Errorf("Reload says %v", err)
		}
		time.Sleep(time.Minute)
		if n := strings.Count(b.told(), "store error"); n < 20 || n > 35 {
			t.Errorf("%d store errors reported in 30 intervals", n)
		}
		if s := streams[0]; s.User() != "ada" || s.Get("k") != 1.0 || s.Err() != nil {
			t.Errorf("in the outage: user %q, k %v, error %v", s.User(), s.Get("k"), s.Err())
		}
		if s := streams[1]; s.Err() != nil {
			t.Errorf("in the outage: Wait keeps the error %v", s.Err())
		}
		b.store.fail("load", nil)
		time.Sleep(time.Minute)
		b.request((*core.Session).Logout)
		waits.Wait()
		for _, err := range answers {
			if reason(err) != "gone" {
				t.Errorf("after the outage and a logout, Wait says %v", err)
			}
		}
	})
}

// The first read of a stream may fail: a later one that succeeds clears Err. Before
// the headers leave it must not: the response has to tell of the outage.
func TestAReloadClearsTheErrorOfAFailedReadOnlyInAStream(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Login("ada") })
	s, started := b.start(), b.m.Start(t.Context(), b.cookie...)
	b.store.fail("load", errDown)
	if s.User() != "" || started.User() != "" || started.Err() == nil {
		t.Fatal("the reads succeed")
	}
	b.store.fail("load", nil)
	b.store.took()
	if err := s.Load(t.Context()); !errors.Is(err, errDown) || b.store.took() != "" {
		t.Errorf("a Load after a read that failed reads again, or says %v", err)
	}
	if err := s.Reload(t.Context()); !errors.Is(err, errDown) || !errors.Is(s.Err(), errDown) {
		t.Errorf("in a request, Reload says %v and Err %v", err, s.Err())
	}
	if _, err := b.commit(s); !errors.Is(err, errDown) {
		t.Errorf("commit: %v", err)
	}
	if err := started.Reload(t.Context()); err != nil || started.Err() != nil || started.User() != "ada" {
		t.Errorf("in a stream, Reload says %v, Err %v, user %q", err, started.Err(), started.User())
	}
	started.Login("bob")
	if err := started.Save(t.Context()); !errors.Is(err, core.ErrTooLate) {
		t.Errorf("a login that nobody gets the cookie of: %v", err)
	}
	if err := started.Reload(t.Context()); err != nil || !errors.Is(started.Err(), core.ErrTooLate) {
		t.Errorf("Reload says %v and forgets the program's mistake: %v", err, started.Err())
	}
}

// Before the headers leave, the response has to tell of a read that failed, so a Wait
// returns. It goes on if only its own read has failed.
func TestAWaitReturnsTheErrorOfAnEarlierRead(t *testing.T) {
	for read, want := range map[bool]error{true: errDown, false: context.DeadlineExceeded} {
		synctest.Test(t, func(t *testing.T) {
			b := newBrowser(t, nil)
			b.request(func(s *core.Session) { s.Login("ada") })
			s := b.start()
			b.store.fail("load", errDown)
			if read {
				s.User()
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
			defer cancel()
			if err := s.Wait(ctx); !errors.Is(err, want) {
				t.Errorf("with a read before it %v: Wait says %v, want %v", read, err, want)
			}
		})
	}
}

// What the request changed stays on top of what a Reload finds, also a save whose
// reply was lost: that is repeated first.
func TestAReloadKeepsWhatTheRequestChanged(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Login("ada"); s.Set("a", 1); s.Set("b", 1); s.Set("c", 1) })
	s := b.stream()
	s.Set("a", 2)
	b.store.fail("save", errDown) // and takes effect
	if err := s.Save(t.Context()); err == nil {
		t.Fatal("the save succeeds")
	}
	b.store.fail("save", nil)
	s.Set("b", 2)
	b.request(func(s *core.Session) { s.Set("b", 3); s.Set("c", 3) })
	if err := s.Reload(t.Context()); err != nil || s.Get("a") != 2.0 || s.Get("b") != 2.0 || s.Get("c") != 3.0 {
		t.Errorf("a is %v, b %v, c %v, error %v", s.Get("a"), s.Get("b"), s.Get("c"), err)
	}
	if err := s.Save(t.Context()); err != nil {
		t.Error(err)
	}
	b.request(func(s *core.Session) {
		if s.Get("b") != 2.0 || s.Get("c") != 3.0 {
			t.Errorf("stored are b %v, c %v", s.Get("b"), s.Get("c"))
		}
	})
	s.Set("a", 9)
	b.request((*core.Session).Logout)
	if err := s.Reload(t.Context()); reason(err) != "gone" {
		t.Error(err)
	}
	if err := s.Save(t.Context()); !errors.Is(err, core.ErrGone) {
		t.Errorf("a save after it: %v", err)
	}
}

// A save that must not be done twice may fail for good: the store cannot tell whether
// it was done, or the session has what cannot be counted. A stream is told by the
// save, and goes on.
func TestAStreamGoesOnAfterASaveThatFailsForGood(t *testing.T) {
	for _, test := range []struct {
		name  string
		again error // of the repetition, before the call
		fail  bool  // the next Save, and not the Reload
	}{
		{"the store cannot tell", store.ErrForgotten, false},
		{"the value cannot be counted", nil, true},
	} {
		fails := false
		b := browserOn(t, newTaking(func(d store.Delta) (before, after error) {
			switch {
			case !fails || d.Once == nil:
				return nil, nil
			case d.Once.After == 0 || test.again == nil:
				return errBroken, nil
			}
			return test.again, nil
		}), nil)
		b.request(func(s *core.Session) { s.Login("ada") })
		s := b.stream()
		fails = true
		counter.Add(s, 1)
		if err := s.Save(t.Context()); err == nil {
			t.Errorf("%s: the save succeeds", test.name)
		}
		fails = false
		b.request(func(s *core.Session) { s.Set("n", "x"); s.Set("a", 1) })
		if err := s.Reload(t.Context()); err != nil || s.Get("a") != 1.0 {
			t.Errorf("%s: Reload says %v, and a is %v", test.name, err, s.Get("a"))
		}
		s.Set("b", 1)
		if err := s.Save(t.Context()); (err != nil) != test.fail {
			t.Errorf("%s: the next save says %v", test.name, err)
		}
	}
}

// A stream that begins does not wait for many that ask rarely.
func TestALongIntervalIsNoWaitForTheFirstRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, &core.Options{WatchInterval: 10 * time.Hour, IdleTimeout: 12 * time.Hour})
		b.request(func(s *core.Session) { s.Login("ada") })
		var waits sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		for range 64 {
			s := b.m.Start(t.Context(), b.cookie...)
			waits.Go(func() { _ = s.Wait(ctx) })
		}
		synctest.Wait()
		late := b.m.Start(t.Context(), b.cookie...)
		b.request((*core.Session).Logout)
		for _, s := range []*core.Session{late, b.m.Start(t.Context())} {
			begun := time.Now()
			if got := reason(s.Wait(t.Context())); got != "gone" || time.Since(begun) > time.Second {
				t.Errorf("Wait says %q after %v", got, time.Since(begun))
			}
		}
		cancel()
		waits.Wait()
	})
}

// Without a stored session there is nothing to ask.
func TestAReloadWithoutASession(t *testing.T) {
	b := newBrowser(t, nil)
	s := b.start()
	s.Set("k", 1)
	if err := s.Reload(t.Context()); err != nil || s.Get("k") != 1.0 || b.store.took() != "" {
		t.Errorf("error %v, k %v", err, s.Get("k"))
	}
	if got := reason(b.start().Wait(t.Context())); got != "gone" || b.store.took() != "" {
		t.Errorf("Wait says %q", got)
	}
	b.request(func(s *core.Session) { s.Login("ada") })
	s = b.start()
	s.Logout()
	b.store.took()
	if err := s.Reload(t.Context()); err != nil || s.User() != "" || b.store.took() != "" {
		t.Errorf("after a Logout that is not stored: error %v, user %q", err, s.User())
	}
}

func TestAReloadEndsWithItsContext(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Login("ada") })
	s := b.stream()
	hang := make(chan struct{})
	defer close(hang)
	ctx, cancel := context.WithCancel(t.Context())
	b.store.before = func(string) { cancel(); <-hang }
	if err := s.Reload(ctx); !errors.Is(err, context.Canceled) || s.Err() != nil || s.User() != "ada" {
		t.Errorf("Reload says %v, Err %v, user %q", err, s.Err(), s.User())
	}
}

// The price: a read for each that waits and each interval, spread over the interval,
// also if all came at once and with contexts shorter than it. In the end no timer is
// left; that no goroutine is, synctest demands.
func TestThePriceOfManyWatches(t *testing.T) {
	for _, n := range []int{1, 100, 3000} {
		synctest.Test(t, func(t *testing.T) {
			const intervals = 5
			b := newBrowser(t, &core.Options{WatchInterval: time.Second})
			b.request(func(s *core.Session) { s.Login("ada") })
			streams := make([]*core.Session, n)
			for i := range streams {
				streams[i] = b.m.Start(t.Context(), b.cookie...)
				if i%2 == 0 {
					streams[i].User() // the others read all at once
				}
			}
			var mu sync.Mutex
			last, total, groups, same, burst := time.Time{}, 0, 0, 0, 0
			b.store.before = func(op string) {
				mu.Lock()
				defer mu.Unlock()
				if now := time.Now(); !now.Equal(last) {
					last, same = now, 0
					groups++
				}
				same++
				total++
				burst = max(burst, same)
			}
			ctx, cancel := context.WithTimeout(t.Context(), intervals*time.Second)
			defer cancel()
			var waits sync.WaitGroup
			for _, s := range streams {
				waits.Go(func() {
					for ctx.Err() == nil {
						short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
						if got := reason(s.Wait(short)); got != "nothing" {
							t.Errorf("Wait says %q", got)
						}
						cancel()
					}
				})
			}
			waits.Wait()
			synctest.Wait()
			if total < n*(intervals-1) || total > n*(intervals+2)*33/32 {
				t.Errorf("%d watches read %d times in %d intervals", n, total, intervals)
			}
			if burst > 64 {
				t.Errorf("%d watches: %d read at the same time", n, burst)
			}
			if most := (n/64 + 33) * (intervals + 1); groups > most {
				t.Errorf("%d watches read at %d different times, want at most %d", n, groups, most)
			}
			if b.m.Watches() {
				t.Error("in the end a timer is left")
			}
		})
	}
}
