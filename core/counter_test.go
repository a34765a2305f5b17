package core_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/storehook"
)

// What a handler does to a counter, what it reads then, and what the next request
// reads. Before, the counter is 10; and another request adds 100 before this one
// saves.
func TestCounter(t *testing.T) {
	for _, test := range []struct {
		name       string
		do         func(s *core.Session)
		now, after int64
	}{
		{"nothing", func(*core.Session) {}, 10, 110},
		{"adds", func(s *core.Session) { counter.Add(s, 1) }, 11, 111},
		{"adds twice", func(s *core.Session) { counter.Add(s, 1); counter.Add(s, -3) }, 8, 108},
		{"adds, saves, adds", func(s *core.Session) {
			counter.Add(s, 1)
			_ = s.Save(context.Background())
			counter.Add(s, 1)
		}, 12, 112},
		{"deletes", func(s *core.Session) { counter.Delete(s) }, 0, 0},
		{"deletes, adds", func(s *core.Session) { counter.Delete(s); counter.Add(s, 2) }, 2, 2},
		{"adds, deletes", func(s *core.Session) { counter.Add(s, 2); counter.Delete(s) }, 0, 0},
		{"sets, adds", func(s *core.Session) { s.Set("n", 5); counter.Add(s, 2) }, 7, 7},
		{"adds, sets", func(s *core.Session) { counter.Add(s, 2); s.Set("n", 5) }, 5, 5},
		{"clears, adds", func(s *core.Session) { s.Clear(); counter.Add(s, 2) }, 2, 2},
		{"adds, clears", func(s *core.Session) { counter.Add(s, 2); s.Clear() }, 0, 0},
		{"adds, logs in, adds", func(s *core.Session) {
			counter.Add(s, 2)
			s.Login("ada")
			counter.Add(s, 2)
		}, 14, 114},
		{"logs out, adds", func(s *core.Session) { s.Logout(); counter.Add(s, 2) }, 2, 2},
		{"adds up to a limit", func(s *core.Session) {
			if ok, err := counter.AddUpTo(context.Background(), s, 1, 111); !ok || err != nil {
				t.Errorf("AddUpTo returned %v, %v", ok, err)
			}
		}, 11, 111},
		{"adds up to a limit below what it adds", func(s *core.Session) {
			counter.Add(s, -200)
			if ok, err := counter.AddUpTo(context.Background(), s, 20, -60); !ok || err != nil {
				t.Errorf("AddUpTo returned %v, %v", ok, err)
			}
		}, -170, -70},
		{"would pass a limit", func(s *core.Session) {
			s.Set("a", 1)
			for _, limit := range []int64{110, 0} {
				if ok, err := counter.AddUpTo(context.Background(), s, 1, limit); ok || err != nil {
					t.Errorf("AddUpTo returned %v, %v", ok, err)
				}
			}
		}, 10, 110},
	} {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { counter.Add(s, 10) })
		s := b.start()
		_ = counter.Get(s)
		b.request(func(s *core.Session) { counter.Add(s, 100) })
		test.do(s)
		if now := counter.Get(s); now != test.now {
			t.Errorf("%s: the request reads %d, want %d", test.name, now, test.now)
		}
		if _, err := b.commit(s); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if after := counter.Get(b.start()); after != test.after {
			t.Errorf("%s: the next request reads %d, want %d", test.name, after, test.after)
		}
	}
}

// What cannot be counted fails the save by its key, and stores nothing.
func TestWhatCannotBeCounted(t *testing.T) {
	const beyond = "the sum would pass 2^53-1"
	for _, test := range []struct {
		name   string
		stored any
		do     func(s *core.Session)
		want   string
	}{
		{"text is stored", "x", func(s *core.Session) { counter.Add(s, 1) }, "no integer"},
		{"a fraction is stored", 1.5, func(s *core.Session) { counter.Add(s, 1) }, "no integer"},
		{"the request sets text", 1, func(s *core.Session) { s.Set("n", "x"); counter.Add(s, 1) }, "no integer"},
		{"what is stored is too large", int64(store.MaxCount), func(s *core.Session) { counter.Add(s, 1) }, beyond},
		{"what is added is too large", 0, func(s *core.Session) { counter.Add(s, store.MaxCount+1) }, beyond},
		{"the sum is too large", 0, func(s *core.Session) { counter.Add(s, store.MaxCount); counter.Add(s, 1) }, beyond},
		{"the sum is too small", 0, func(s *core.Session) { counter.Add(s, -store.MaxCount); counter.Add(s, -1) }, beyond},
	} {
		b := newBrowser(t, nil)
		b.request(func(s *core.Session) { s.Set("n", test.stored) })
		s := b.start()
		s.Set("a", 1)
		test.do(s)
		_, err := b.commit(s)
		text := fmt.Sprint(err)
		if !strings.Contains(text, `add to "n"`) || !strings.Contains(text, test.want) {
			t.Errorf("%s: the response fails with %v, want the key and %q", test.name, err, test.want)
		}
		if status := adapter.HTTPStatus(err); status != http.StatusInternalServerError {
			t.Errorf("%s: the status is %d, want 500", test.name, status)
		}
		if keys := b.start().Keys(); len(keys) != 1 {
			t.Errorf("%s: the session has the keys %q, want n", test.name, keys)
		}
	}
	s := newBrowser(t, nil).start()
	for _, n := range []int64{0, -1, store.MaxCount + 1} {
		if ok, err := counter.AddUpTo(t.Context(), s, n, 5); ok || err == nil {
			t.Errorf("AddUpTo %d returned %v, %v", n, ok, err)
		}
	}
	if ok, err := core.Counter("@n").AddUpTo(t.Context(), s, 1, 5); ok || err == nil {
		t.Errorf("AddUpTo to a reserved key returned %v, %v", ok, err)
	}
}

// What must not be done twice costs the calls that a Set costs; a limit costs one
// more only if there was something to save before.
func TestCallsOfCountersAndLists(t *testing.T) {
	b := newBrowser(t, nil)
	b.request(func(s *core.Session) { s.Set("a", 1) })
	b.store.took()
	upTo := func(s *core.Session) { _, _ = counter.AddUpTo(t.Context(), s, 1, 1) }
	take := func(s *core.Session) { _, _ = items.Take(t.Context(), s) }
	for _, test := range []struct {
		name, want string
		do         func(s *core.Session)
	}{
		{"Add", "save", func(s *core.Session) { counter.Add(s, 1) }},
		{"AddUpTo", "save", upTo},
		{"Set, AddUpTo", "save save", func(s *core.Session) { s.Set("a", 2); upTo(s) }},
		{"Take without items", "load", take},
		{"Append", "save", func(s *core.Session) { items.Append(s, "x") }},
		{"Take", "load save", take},
		{"Append, Take", "save load save", func(s *core.Session) { items.Append(s, "x"); take(s) }},
		{"Append, Delete", "load save", func(s *core.Session) { items.Append(s, "x"); items.Delete(s) }},
	} {
		b.request(test.do)
		if got := b.store.took(); got != test.want {
			t.Errorf("%s: calls %q, want %q", test.name, got, test.want)
		}
	}
	if keys := b.start().Keys(); len(keys) != 2 {
		t.Errorf("the session has the keys %q, want a and n", keys)
	}
}

// H36: a visitor without a session gets one from the first method that needs it.
func TestAGuestIsCountedInASessionOfTheirOwn(t *testing.T) {
	b := newBrowser(t, nil)
	for i, want := range []bool{true, true, false} {
		b.request(func(s *core.Session) {
			if ok, err := counter.AddUpTo(t.Context(), s, 1, 2); ok != want || err != nil {
				t.Errorf("request %d: AddUpTo returned %v, %v", i, ok, err)
			}
		})
	}
	s := b.another().start()
	if ok, err := counter.AddUpTo(t.Context(), s, 3, 2); ok || err != nil || !s.IsNew() {
		t.Errorf("beyond the limit, AddUpTo returned %v, %v", ok, err)
	}
	if got, err := items.Take(t.Context(), s); len(got) > 0 || err != nil || !s.IsNew() {
		t.Errorf("a stranger takes %q, %v", got, err)
	}
}

// A takingStore fails the saves that it is asked to, after or before it did them.
type takingStore struct {
	storehook.Store
	fails func(d store.Delta) (before, after error)
	seen  []store.Delta
}

func newTaking(fails func(d store.Delta) (before, after error)) *takingStore {
	s := &takingStore{fails: fails}
	s.Hook = func(ctx context.Context, c storehook.Call) error {
		if c.Op != "save" || s.fails == nil {
			return c.Do(ctx)
		}
		s.seen = append(s.seen, c.Delta)
		before, after := s.fails(c.Delta)
		if before != nil {
			return before
		}
		return errors.Join(c.Do(ctx), after)
	}
	return s
}

// What a Take or an AddUpTo asked for is over when it has failed: nobody waits for
// what a later save could bring. What the store has removed all the same goes back.
func TestWhatWasAskedForGoesBack(t *testing.T) {
	refused := fmt.Errorf("%w: as the test wants it", store.ErrNotDone)
	for _, test := range []struct {
		name          string
		before, after error
		fail          int // so many calls
		err           bool
		left          int
		count         int64
	}{
		{"nothing fails", nil, nil, 0, false, 0, 1},
		{"a reply is lost", nil, errBroken, 1, false, 0, 1},
		{"all are refused", refused, nil, 1, true, 2, 0},
		{"two replies are lost", nil, errBroken, 2, true, 2, 1},
		{"two requests are lost", errBroken, nil, 2, true, 2, 1},
	} {
		for _, asks := range []string{"take", "count"} {
			keep := newTaking(nil)
			b := browserOn(t, keep, nil)
			b.request(func(s *core.Session) { items.Append(s, "first"); items.Append(s, "second") })
			failing := test.fail
			keep.fails = func(store.Delta) (before, after error) {
				if failing--; failing < 0 {
					return nil, nil
				}
				return test.before, test.after
			}
			s := b.start()
			if asks == "take" {
				got, err := items.Take(t.Context(), s)
				if (err != nil) != test.err || err == nil && fmt.Sprint(got) != "[first second]" {
					t.Errorf("%s: took %q, %v", test.name, got, err)
				}
			} else if ok, err := counter.AddUpTo(t.Context(), s, 1, 1); ok == test.err || (err != nil) != test.err {
				t.Errorf("%s: added %v, %v", test.name, ok, err)
			}
			if _, err := b.commit(s); err != nil {
				t.Errorf("%s, %s: the commit fails: %v", test.name, asks, err)
			}
			left, count := len(items.Items(b.start())), counter.Get(b.start())
			if asks == "take" && left != test.left || asks == "count" && count != test.count {
				t.Errorf("%s, %s: %d items are left, the counter is %d, want %d and %d",
					test.name, asks, left, count, test.left, test.count)
			}
		}
	}
}

// What other goroutines of the request change while Take or AddUpTo waits for the
// store is stored after it, and its answer stays.
func TestARequestChangesMoreWhileItAsks(t *testing.T) {
	for _, test := range []struct {
		name  string
		do    func(s *core.Session)
		count int64
		left  string
	}{
		{"nothing", func(*core.Session) {}, 1, "[]"},
		{"Set", func(s *core.Session) { s.Set("a", 1) }, 1, "[]"},
		{"Append", func(s *core.Session) { items.Append(s, "third") }, 1, "[third]"},
		{"Add", func(s *core.Session) { counter.Add(s, 1) }, 2, "[]"},
		{"Set of the counter", func(s *core.Session) { s.Set("n", 7) }, 7, "[]"},
		{"Clear", func(s *core.Session) { s.Clear() }, 0, "[]"},
		{"more than fits", func(s *core.Session) { s.Set("big", strings.Repeat("x", 1<<17)) }, 1, "[]"},
		{"Login, Append", func(s *core.Session) { s.Login("ada"); items.Append(s, "third") }, 1, "[third]"},
	} {
		meanwhile := func() {}
		taker := browserOn(t, newTaking(func(store.Delta) (before, after error) {
			do := meanwhile
			meanwhile = func() {}
			do()
			return nil, nil
		}), nil)
		adder := taker.another()
		taker.request(func(s *core.Session) { items.Append(s, "first"); items.Append(s, "second") })
		adder.request(func(s *core.Session) { s.Set("other", 1) })
		s := taker.start()
		meanwhile = func() { test.do(s) }
		if got, err := items.Take(t.Context(), s); err != nil || fmt.Sprint(got) != "[first second]" {
			t.Errorf("%s: took %q, %v", test.name, got, err)
		}
		s.Delete("big")
		if _, err := taker.commit(s); err != nil {
			t.Errorf("%s: the commit fails: %v", test.name, err)
		}
		if left := fmt.Sprint(items.Items(taker.start())); left != test.left {
			t.Errorf("%s: the items %s are left, want %s", test.name, left, test.left)
		}
		s = adder.start()
		s.User() // Login would wait for the read
		meanwhile = func() { test.do(s) }
		if ok, err := counter.AddUpTo(t.Context(), s, 1, 5); !ok || err != nil {
			t.Errorf("%s: AddUpTo returned %v, %v", test.name, ok, err)
		}
		s.Delete("big")
		if _, err := adder.commit(s); err != nil {
			t.Errorf("%s: the commit fails: %v", test.name, err)
		}
		if count := counter.Get(adder.start()); count != test.count {
			t.Errorf("%s: the counter is %d, want %d", test.name, count, test.count)
		}
	}
}

// Of two requests that have read the same items, the slower gets what is left and what
// came since.
func TestTheSlowerOfTwoTakersReadsAgain(t *testing.T) {
	b := browserOn(t, newTaking(nil), nil)
	b.request(func(s *core.Session) { items.Append(s, "first"); items.Append(s, "second") })
	slower, other := b.start(), &browser{t: t, m: b.m, cookie: b.cookie}
	if got := items.Items(slower); len(got) != 2 {
		t.Fatalf("the items are %q", got)
	}
	other.request(func(s *core.Session) {
		if got, err := items.Take(t.Context(), s); len(got) != 2 || err != nil {
			t.Errorf("the faster took %q, %v", got, err)
		}
		items.Append(s, "third")
	})
	if got, err := items.Take(t.Context(), slower); fmt.Sprint(got) != "[third]" || err != nil {
		t.Errorf("the slower took %q, %v", got, err)
	}
}

// Nothing is taken from a session that has ended, even if the request logs somebody in
// meanwhile and so creates another.
func TestNothingIsTakenFromASessionThatEnded(t *testing.T) {
	meanwhile := func() {}
	keep := newTaking(func(store.Delta) (before, after error) { meanwhile(); return nil, nil })
	b := browserOn(t, keep, nil)
	b.request(func(s *core.Session) { items.Append(s, "first") })
	s, other := b.start(), &browser{t: t, m: b.m, cookie: b.cookie}
	meanwhile = func() {
		other.request((*core.Session).Logout)
		s.Login("ada")
	}
	if got, err := items.Take(t.Context(), s); len(got) > 0 || err != nil {
		t.Errorf("took %q, %v", got, err)
	}
	if _, err := b.commit(s); err != nil || b.start().User() != "ada" || len(items.Items(b.start())) > 0 {
		t.Errorf("the login fails: %v, user %q", err, b.start().User())
	}
}

// A repetition tells how long ago its save began, and is otherwise the same; what the
// store cannot tell is a 503 that nobody repeats.
func TestARepetitionTellsWhenItBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		forgotten := false
		keep := newTaking(func(d store.Delta) (before, after error) {
			switch {
			case d.Once.After == 0:
				time.Sleep(100 * time.Millisecond)
				return errBroken, nil
			case forgotten:
				return store.ErrForgotten, nil
			}
			return nil, nil
		})
		b := browserOn(t, keep, &core.Options{StoreTimeout: time.Minute})
		b.request(func(s *core.Session) { s.Login("ada") })
		b.request(func(s *core.Session) { counter.Add(s, 1) })
		if len(keep.seen) != 2 || keep.seen[0].Nonce != keep.seen[1].Nonce || keep.seen[0].Nonce == "" ||
			keep.seen[0].Once.After != 0 || keep.seen[1].Once.After < 100*time.Millisecond {
			t.Errorf("the store was told %+v", keep.seen)
		}
		forgotten, keep.seen = true, nil
		s := b.start()
		counter.Add(s, 1)
		_, err := b.commit(s)
		if !errors.Is(err, store.ErrForgotten) || adapter.HTTPStatus(err) != http.StatusServiceUnavailable {
			t.Errorf("the response fails with %v", err)
		}
		_ = s.Save(t.Context()) // begins with the same
		if len(keep.seen) != 3 {
			t.Errorf("%d calls, want 3", len(keep.seen))
		}
	})
}
