package faults

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
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
