package redisstore_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// A process is what one of several has: a Manager and a store of its own, whose
// connections lose replies.
type process struct {
	*core.Manager
	wire *redistest.Proxy
}

// processes returns n of them, on one server, and a cookie of their visitor.
func processes(t *testing.T, n int) (all []process, cookie []string) {
	server := redistest.Start(t)
	for range n {
		w := redistest.NewProxy(t, server.Addr())
		s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(w.URL())})
		m, err := core.New(s, []byte(strings.Repeat("s", 32)), nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, process{m, w})
	}
	s, x := begin(t, all[0].Manager, nil)
	s.Login("ada")
	h, err := x.Commit()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range h.SetCookie {
		pair, _, _ := strings.Cut(line, ";")
		cookie = append(cookie, pair)
	}
	return all, cookie
}

// A loser cuts connections after a reply that nobody gets, once in so many requests.
type loser struct {
	all      []process
	every    int64
	requests atomic.Int64
}

// request is called when a request begins.
func (l *loser) request() {
	if n := l.requests.Add(1); n%l.every == 0 {
		l.all[rand.IntN(len(l.all))].wire.LoseReplies(1)
	}
}

func (l *loser) lost() int64 { return l.requests.Load() / l.every }

// P2, P5, H36: what several processes add, append and take at the same time through
// connections that lose replies counts once, and so do messages.
func TestCountersAndItemsThroughLostReplies(t *testing.T) {
	t.Run("counter", countThroughLostReplies)
	t.Run("limit", limitThroughLostReplies)
	t.Run("flash", flashThroughLostReplies)
}

func countThroughLostReplies(t *testing.T) {
	const workers, each = 8, 150
	const clicks core.Counter = "clicks"
	all, cookie := processes(t, 4)
	var stored, unknown, forgotten atomic.Int64
	faults := &loser{all: all, every: 100}
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			for range each {
				faults.request()
				s, x := begin(t, all[i%len(all)].Manager, cookie)
				clicks.Add(s, 1)
				switch _, err := x.Commit(); {
				case err == nil:
					stored.Add(1)
				case errors.Is(err, store.ErrForgotten):
					forgotten.Add(1)
					unknown.Add(1)
				case !errors.Is(err, store.ErrNotDone):
					unknown.Add(1)
				}
			}
		})
	}
	wg.Wait()
	count := clicks.Get(eventualSession(t, all, cookie))
	t.Logf("%d replies lost; %d stored, %d unknown (%d of them forgotten), the counter is %d",
		faults.lost(), stored.Load(), unknown.Load(), forgotten.Load(), count)
	if count < stored.Load() || count > stored.Load()+unknown.Load() {
		t.Errorf("the counter is %d, want %d and at most %d more", count, stored.Load(), unknown.Load())
	}
	if stored.Load() == 0 {
		t.Error("no request was stored: this shows nothing")
	}
}

// eventualSession returns the session as the store has it, when that answers again.
func eventualSession(t *testing.T, all []process, cookie []string) (s *core.Session) {
	t.Helper()
	for _, p := range all {
		p.wire.LoseReplies(0)
	}
	eventually(t, "the session is read", func() bool {
		s = all[0].Start(t.Context(), cookie...)
		return s.User() == "ada"
	})
	return s
}

func limitThroughLostReplies(t *testing.T) {
	const requests, limit, rounds = 30, 3, 12
	all, cookie := processes(t, 3)
	var allowed [rounds]atomic.Int64
	var failed [rounds]atomic.Int64
	faults := &loser{all: all, every: 70} // so that some rounds meet none
	for round := range rounds {
		attempts := core.Counter(fmt.Sprint("attempts", round))
		var wg sync.WaitGroup
		for i := range requests {
			wg.Go(func() {
				faults.request()
				s, _ := begin(t, all[i%len(all)].Manager, cookie)
				switch ok, err := attempts.AddUpTo(t.Context(), s, 1, limit); {
				case err != nil:
					failed[round].Add(1)
				case ok:
					allowed[round].Add(1)
				}
			})
		}
		wg.Wait()
	}
	s := eventualSession(t, all, cookie)
	for round := range rounds {
		n := allowed[round].Load()
		if count := core.Counter(fmt.Sprint("attempts", round)).Get(s); n > limit || n > count || count > limit {
			t.Errorf("round %d: %d of %d requests were allowed and %d counted, the limit is %d",
				round, n, requests, count, limit)
		} else if failed[round].Load() == 0 && n != limit {
			t.Errorf("round %d: %d requests were allowed, want %d", round, n, limit)
		}
	}
	t.Logf("%d replies lost", faults.lost())
}

func flashThroughLostReplies(t *testing.T) {
	const writers, each, readers = 4, 60, 3
	const flash core.List[string] = "flash"
	all, cookie := processes(t, 3)
	var mu sync.Mutex
	stored, shown, failed := map[string]bool{}, map[string]int{}, 0
	show := func(m *core.Manager) {
		s, x := begin(t, m, cookie)
		var messages []string
		var err error
		for range 20 { // a handler that insists
			if messages, err = flash.Take(t.Context(), s); err == nil || s.Err() != nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		mu.Lock()
		for _, message := range messages {
			shown[message]++
		}
		mu.Unlock()
		if _, errCommit := x.Commit(); err != nil && errCommit != nil && s.Err() == nil {
			mu.Lock()
			failed++ // what was taken may be lost
			mu.Unlock()
		}
	}
	faults := &loser{all: all, every: 40}
	var writing, reading sync.WaitGroup
	var done atomic.Bool
	for i := range writers {
		writing.Go(func() {
			for n := range each {
				faults.request()
				s, x := begin(t, all[i%len(all)].Manager, cookie)
				message := fmt.Sprintf("%d.%02d", i, n)
				flash.Append(s, message)
				if _, err := x.Commit(); err == nil {
					mu.Lock()
					stored[message] = true
					mu.Unlock()
				}
			}
		})
	}
	for i := range readers {
		reading.Go(func() {
			for !done.Load() {
				show(all[i%len(all)].Manager)
			}
		})
	}
	writing.Wait()
	done.Store(true)
	reading.Wait()
	last := flash.Items(eventualSession(t, all, cookie))
	for _, message := range last {
		shown[message]++ // it would be on the next page
	}
	t.Logf("%d replies lost; %d messages stored, %d shown, %d takes failed", faults.lost(), len(stored), len(shown), failed)
	for message, times := range shown {
		if times != 1 {
			t.Errorf("the message %s was shown %d times", message, times)
		}
	}
	missing := 0
	for message := range stored {
		if shown[message] == 0 {
			missing++
		}
	}
	if missing > 0 && failed == 0 {
		t.Errorf("%d of %d messages were stored and never shown", missing, len(stored))
	}
}

// What is counted again adds nothing to @s, or else each session that counts would be
// measured again and again. And the journal stays so short that Redis keeps the hash small.
func TestTheBoundOfTheSizeStaysThatOfACounter(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	id := create(t, s)
	for i := range 150 {
		d := store.Delta{Nonce: fmt.Sprint(i), Lifetimes: life, Limits: store.Limits{Bytes: 64 << 10}}
		d.Once = &store.Once{Add: map[string]store.Addition{"clicks": {N: 1}}}
		if err := s.Save(t.Context(), id, d); err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	size, err := server.Client().HGet(t.Context(), "session:"+id.Place, "@s").Int()
	held := store.Delta{Set: r.Fields}.Size()
	if want := held.Bytes + 32*held.Fields; err != nil || size != want || r.Fields["clicks"] != "150" {
		t.Errorf("@s is %d (%v) and the session holds %q, want %d", size, err, r.Fields, want)
	}
	if length := server.Client().HStrLen(t.Context(), "session:"+id.Place, "@n").Val(); length > 63 {
		t.Errorf("the journal has %d bytes, and more than 63 make the hash a table", length)
	}
	encoding := server.Client().ObjectEncoding(t.Context(), "session:"+id.Place).Val()
	if encoding != "listpack" && encoding != "ziplist" {
		t.Errorf("Redis keeps the session as a %s", encoding)
	}
}
