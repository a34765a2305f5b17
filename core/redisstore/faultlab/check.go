package faultlab

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// patience is how long the checker may think about one family. It needs milliseconds.
const patience = time.Minute

// check applies every rule to what the run recorded, and returns in how many sessions an excused loss was seen.
func (l *lab) check() (lossy int) {
	l.judge()
	l.checkErrors()
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

// checkFamily returns what is wrong with one session's history, or that it is only wrong as a loss may make it.
func (l *lab) checkFamily(f *family) (problem string, lost bool) {
	for _, rule := range []func(*family) string{l.foreign, l.undead} {
		if problem := rule(f); problem != "" {
			return problem + "\n" + l.story(f, f.calls), false
		}
	}
	calls := l.withWipes(f)
	switch porcupine.CheckOperationsTimeout(model, operations(calls), patience) {
	case porcupine.Ok:
		return "", l.wiped(f)
	case porcupine.Unknown:
		return "the checker did not come to an end\n" + l.story(f, calls), false
	}
	if during(l.losses, f.shard, 0, math.MaxInt64, 0) {
		if porcupine.CheckOperationsTimeout(model, operations(l.excused(f, calls)), patience) == porcupine.Ok {
			l.example(l.story(f, explained(calls)))
			return "", true
		}
	}
	return "no order of these calls explains what they returned\n" + l.story(f, explained(calls)), false
}

// operations are the calls for the checker. A call that is known to have done nothing tells nothing, nor does a read that
// failed.
func operations(calls []call) []porcupine.Operation {
	var ops []porcupine.Operation
	for _, c := range calls {
		end := int64(c.end)
		switch {
		case c.outcome == refused, c.outcome == unknown && c.op == "load":
			continue
		case c.outcome == unknown:
			end = math.MaxInt64
		}
		ops = append(ops, porcupine.Operation{ClientId: c.client, Input: c, Call: int64(c.begin), Return: end})
	}
	return ops
}

// withWipes adds to a family's calls those of nobody: its server lost all it had.
func (l *lab) withWipes(f *family) []call {
	calls := slices.Clone(f.calls)
	for i, w := range l.wipes {
		if w.shard == f.shard {
			calls = append(calls, call{client: 90 + i, step: step{op: "wipe"}, reply: reply{outcome: ok}, begin: w.begin, end: w.end})
		}
	}
	return calls
}

// excused makes of the calls shortly before a failover what a replica that was behind makes of them: a change may have been
// lost, and whoever saw it was right. With waits, logins and logouts that were acknowledged must be there.
func (l *lab) excused(f *family, calls []call) []call {
	var rest []call
	for _, c := range calls {
		if during(l.losses, f.shard, c.begin, c.end, lag) {
			durable := l.waits && c.outcome == ok && (c.op == "login" || c.op == "destroy")
			switch {
			case durable:
			case c.op == "load", c.outcome != ok && c.outcome != unknown:
				continue
			default:
				c.outcome = unknown
			}
		}
		rest = append(rest, c)
	}
	return rest
}

// explained are the calls, first in the order that explains most of them, then those that it cannot explain.
func explained(calls []call) []call {
	ops := operations(calls)
	_, info := porcupine.CheckOperationsVerbose(model, ops, patience)
	var best []porcupine.Operation
	for _, partition := range info.PartialLinearizationsOperations() {
		for _, order := range partition {
			if len(order) > len(best) {
				best = order
			}
		}
	}
	story := make([]call, 0, len(ops)+1)
	for _, op := range best {
		story = append(story, op.Input.(call))
	}
	rest := slices.DeleteFunc(slices.Clone(calls), func(c call) bool {
		return slices.ContainsFunc(story, func(s call) bool { return s.client == c.client && s.begin == c.begin })
	})
	slices.SortFunc(rest, func(a, b call) int { return cmp.Compare(a.begin, b.begin) })
	return append(append(story, call{client: -1}), rest...)
}

// example logs the first loss that a failover excuses.
func (l *lab) example(story string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.excuses++; l.excuses == 1 {
		l.t.Logf("lost by replication, for example:\n%s", story)
	}
}

// story tells what was done to a session.
func (l *lab) story(f *family, calls []call) string {
	var b strings.Builder
	fmt.Fprintf(&b, "FAULTSEED=%d, session %d on shard %q:\n", l.seed, f.number, f.shard)
	for _, c := range calls {
		if c.client < 0 {
			b.WriteString("  None of the calls that follow fits here, unless it says that nothing was done:\n")
			continue
		}
		fmt.Fprintf(&b, "  %v\n", c)
	}
	for _, s := range l.faults {
		if s.shard == f.shard {
			fmt.Fprintf(&b, "  fault %s on this shard from %.3f to %.3f ms\n", s.name, ms(s.begin), ms(s.end))
		}
	}
	return b.String()
}
