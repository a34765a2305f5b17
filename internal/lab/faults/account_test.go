package faults

import (
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/redisstore"
)

// The checker notices if the sessions of a shard that did not answer live on.
func TestTheCheckerCatchesAnEndWithoutOrders(t *testing.T) {
	p := pace{
		turns: 10, every: 200 * time.Millisecond, accounts: 16,
		warm: 300 * time.Millisecond, on: 1500 * time.Millisecond, off: 200 * time.Millisecond, run: time.Second,
	}
	for name, end := range map[string]func(*redisstore.Store, string) error{
		"with orders": endByManager, "without": endWithoutOrders,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caught, partial := 0, 0
			// On a machine that stands still, a run may excuse what it saw.
			for run := 0; run < 4 && (partial == 0 || name == "without" && caught == 0); run++ {
				l := newLab(t, seed(t), p)
				l.end = end
				r := l.perform(set{open: plain(aof...), faults: []fault{{"kill -9", kill}}})
				t.Logf("FAULTSEED=%d: %d ends, %d in part", l.seed, r.ends, r.partial)
				partial += r.partial
				for _, problem := range l.problems {
					if strings.Contains(problem, "though its shard had worked for 2s after the end of all") {
						caught++
					}
				}
			}
			if (caught > 0) != (name == "without") || partial == 0 {
				t.Errorf("%d sessions lived on after %d ends in part", caught, partial)
			}
		})
	}
}
