package faults

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringsession/ringsession/internal/storemodel"
)

// patience is how long the checker may think about one family. It needs milliseconds.
const patience = time.Minute

// check applies every rule to what the run recorded, and returns in how many sessions an excused loss was seen.
func (l *lab) check() (lossy int) {
	l.judge()
	l.checkErrors()
	l.checkNewVisitors()
	var mu sync.Mutex
	var wg sync.WaitGroup
	work := make(chan *family)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for f := range work {
				problem, lost := l.checkFamily(f)
				mu.Lock()
				if lost {
					lossy++
				}
				mu.Unlock()
				if problem != "" {
					l.problem("%s", problem)
				}
			}
		})
	}
	for _, f := range l.families {
		work <- f
	}
	close(work)
	wg.Wait()
	return lossy
}

// checkFamily returns what is wrong with one session's history, or that it is
// only wrong as a loss may make it.
func (l *lab) checkFamily(f *family) (problem string, lost bool) {
	for _, rule := range []func(*family) string{l.foreign, l.undead, l.outlived} {
		if problem := rule(f); problem != "" {
			return problem + "\n" + l.story(f, f.calls, nil), false
		}
	}
	calls := l.withWipes(f)
	problem = storemodel.Check(calls, patience)
	if problem == "" {
		return "", l.wiped(f)
	}
	explained, rest := storemodel.Explain(calls, patience)
	if during(l.losses, f.shard, 0, math.MaxInt64, 0) {
		if storemodel.Check(l.excused(f, calls), patience) == "" {
			l.example(l.story(f, explained, rest))
			return "", true
		}
	}
	return problem + "\n" + l.story(f, explained, rest), false
}

// withWipes adds to a family's calls those of nobody: its server lost all it had.
func (l *lab) withWipes(f *family) []call {
	calls := slices.Clone(f.calls)
	for i, w := range l.wipes {
		if w.shard == f.shard {
			calls = append(calls, call{
				Client: 90 + i, Step: step{Op: "wipe"}, Reply: reply{Outcome: ok}, Begin: w.begin, End: w.end,
			})
		}
	}
	return calls
}

// excused makes of the calls shortly before a failover what a replica that was behind makes of them: a change may have been
// lost, and whoever saw it was right. With waits, renewals (which logins are) and logouts that were acknowledged must be there.
func (l *lab) excused(f *family, calls []call) []call {
	var rest []call
	for _, c := range calls {
		if during(l.losses, f.shard, c.Begin, c.End, lag) {
			durable := l.waits && c.Outcome == ok && (c.Op == "renew" || c.Op == "destroy" || c.Op == "end")
			switch {
			case durable:
			case c.Op == "load", c.Outcome != ok && c.Outcome != unknown:
				continue
			default:
				c.Outcome = unknown
			}
		}
		rest = append(rest, c)
	}
	return rest
}

// example logs the first loss that a failover excuses.
func (l *lab) example(story string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.excuses++; l.excuses == 1 {
		l.t.Logf("lost by replication, for example:\n%s", story)
	}
}

// story tells what was done to a session. The rest are calls that do not fit.
func (l *lab) story(f *family, calls, rest []call) string {
	var b strings.Builder
	fmt.Fprintf(&b, "FAULTSEED=%d, session %d on shard %q:\n", l.seed, f.number, f.shard)
	for _, c := range calls {
		fmt.Fprintf(&b, "  %v\n", c)
	}
	if len(rest) > 0 {
		b.WriteString("  None of the calls that follow fits here, unless nothing was done:\n")
	}
	for _, c := range rest {
		fmt.Fprintf(&b, "  %v\n", c)
	}
	for _, s := range l.faults {
		if s.shard == f.shard {
			fmt.Fprintf(&b, "  fault %s on this shard from %.3f to %.3f ms\n", s.name, ms(s.begin), ms(s.end))
		}
	}
	return b.String()
}
