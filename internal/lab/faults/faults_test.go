package faults

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/internal/lab/report"
)

// short is what every run of the tests does.
var short = pace{
	families: 30, turns: 10, every: 200 * time.Millisecond, browsers: 8, accounts: 3,
	warm: 600 * time.Millisecond, on: 300 * time.Millisecond, off: 200 * time.Millisecond, run: 1500 * time.Millisecond,
}

// long is what make faults does: 1,000 operations a second, a fault every five.
var long = pace{
	families: 80, turns: 20, every: 200 * time.Millisecond, browsers: 40, accounts: 20,
	warm: 3 * time.Second, on: 2500 * time.Millisecond, off: 2500 * time.Millisecond,
}

func seed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("FAULTSEED")
	if text == "" {
		return uint64(rand.Uint32())
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("FAULTSEED: %v", err)
	}
	return n
}

// H13, H14, H21, R25, R30: whatever is done to a shard, no session comes back, none is mixed up, no acknowledged write is lost
// while its server keeps it, no guard is passed without a login, and the other shards do not notice.
func TestFaults(t *testing.T) {
	n, p := seed(t), short
	inTurn := os.Getenv("FAULTTIME") != ""
	if inTurn {
		p = long
		var err error
		if p.run, err = time.ParseDuration(os.Getenv("FAULTTIME")); err != nil {
			t.Fatalf("FAULTTIME: %v", err)
		}
	}
	for _, s := range sets {
		t.Run(s.name, func(t *testing.T) {
			if !inTurn {
				t.Parallel()
			}
			l, r := perform(t, n, p, s)
			if inTurn && l.fresh == 0 {
				t.Error("no new visitor came after the first second of a fault")
			}
			if page := os.Getenv("FAULTREPORT"); page != "" {
				if err := writeRow(page, r); err != nil {
					t.Error(err)
				}
			}
			for i, problem := range l.problems {
				if i == 3 {
					t.Errorf("and %d more", len(l.problems)-i)
					break
				}
				t.Errorf("%s\nagain: FAULTSEED=%d make faults FAULTS=%s", problem, n, s.name)
			}
		})
	}
}

// perform runs the set. If Redis also failed over by itself, which a machine that stands still makes it do, a problem may be its
// own loss, and the set is run again; it is a failure if that is so three times.
func perform(t *testing.T, seed uint64, p pace, s set) (l *lab, r row) {
	for range 3 {
		l = newLab(t, seed, p)
		r = l.perform(s)
		t.Logf("FAULTSEED=%d, %d errors pardoned because the machine stood still, %d failovers more than ours\n%s%v",
			seed, l.pardoned, max(l.own, 0), head, r)
		if l.own <= 0 || len(l.problems) == 0 {
			break
		}
	}
	return l, r
}

// perform is one run of a set.
func (l *lab) perform(s set) row {
	s.open(l)
	epoch := l.epoch()
	l.begin()
	for i := range l.pace.browsers {
		store := l.stores[i%len(l.stores)]
		sites, err := l.sites(store)
		if err != nil {
			l.t.Fatal(err)
		}
		l.loads.Go(func() { l.browse(i, sites[i/len(l.stores)%len(sites)]) })
	}
	faults := l.injure(s)
	l.finish()
	l.own = l.epoch() - epoch - faults
	lost := l.check()
	return l.row(s, faults, lost)
}

// H14: with 2 s of latency on one shard, the sessions of the others are served without an error, and callers who wait for it
// hold no more goroutines than there are callers and connections.
func TestASlowShardHoldsUpNobodyElse(t *testing.T) {
	const callers = 64
	l := newLab(t, 1, short)
	plain()(l)
	sessions := make(map[string]*family)
	for number := 0; len(sessions) < len(l.shards); number++ {
		f, err := newFamily(t.Context(), l.real, number)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.real.Create(t.Context(), f.ids[0], step{}.Delta()); err != nil {
			t.Fatal(err)
		}
		sessions[l.owner(f.ids[0].Place)] = f
	}
	before := runtime.NumGoroutine()
	l.shards[0].proxy.disturb(latency, time.Second) // each way
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	var most, failed, worked atomic.Int64
	var load sync.WaitGroup
	for i := range callers {
		load.Go(func() {
			for ctx.Err() == nil {
				name := l.shards[i%len(l.shards)].name
				call, end := context.WithTimeout(t.Context(), callTimeout)
				begin := time.Now()
				_, err := l.real.Load(call, sessions[name].ids[0])
				end()
				switch {
				case name == "a" && err != nil:
					failed.Add(1)
				case err == nil:
					worked.Add(1)
				case time.Since(begin) < callTimeout: // else it may be the machine that stands still
					t.Errorf("shard %s: %v", name, err)
				}
				if n := int64(runtime.NumGoroutine()); n > most.Load() {
					most.Store(n)
				}
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	load.Wait()
	// For every caller itself and one that dials; for every connection of the pools the two of our proxy and one of the client.
	limit := int64(before + 2*callers + 3*(len(l.shards)*64))
	t.Logf("%d calls failed on the slow shard, %d worked on the others; %d goroutines before, %d at most", failed.Load(), worked.Load(), before, most.Load())
	if failed.Load() == 0 || worked.Load() == 0 || most.Load() > limit {
		t.Errorf("want failed and good calls and at most %d goroutines", limit)
	}
}

func TestARowTakesThePlaceOfItsFormerSelf(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	for _, r := range []row{{set: sets[1], calls: 1}, {set: sets[0], calls: 2}, {set: sets[1], calls: 3}} {
		if err := writeRow(page, r); err != nil {
			t.Fatal(err)
		}
	}
	want := report.Begin("faults") + "\n" +
		report.Table(head, [][]string{row{set: sets[0], calls: 2}.cells(), row{set: sets[1], calls: 3}.cells()}) +
		report.End("faults") + "\n"
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("got %v:\n%s\nwant:\n%s", err, got, want)
	}
}

// silence takes the place of go-redis's logger, which tells of every connection that cannot be made.
type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

func TestMain(m *testing.M) {
	redis.SetLogger(silence{})
	os.Exit(m.Run())
}
