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
			l := newLab(t, seed(t), p)
			l.end = end
			r := l.perform(set{open: plain(aof...), faults: []fault{{"kill -9", kill}}})
			t.Logf("FAULTSEED=%d: %d ends, %d in part", l.seed, r.ends, r.partial)
			caught := 0
			for _, problem := range l.problems {
				if strings.Contains(problem, "though its shard had worked for 2s after the end of all") {
					caught++
				} else {
					t.Error(problem)
				}
			}
			if (caught > 0) != (name == "without") || r.partial == 0 {
				t.Errorf("%d sessions lived on", caught)
			}
		})
	}
}
