package faults

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// A row is what a run showed, as the table in docs/reliability.md has it.
type row struct {
	set
	calls, requests int
	faults          int
	violations      int
	window          time.Duration // from the begin of a fault to the last error, at most
	after           time.Duration // from the end of a fault, or of Redis's failover, to the last error, at most
	slowest         time.Duration // call that failed
	lost            int           // sessions
	fresh, refused  int           // new visitors a second or more after a fault began, and how many of them got 503
	ends, partial   int           // of all sessions of a user, and how many of them lacked a shard
	livedOn         time.Duration // from the return of such a shard to the last read of a session there, at most
	before, during  time.Duration // p99 of the shards without a fault
}

// row sums up a run.
func (l *lab) row(s set, faults, lost int) row {
	r := row{set: s, faults: faults, violations: len(l.problems), lost: lost + l.misled, requests: len(l.visits),
		fresh: l.fresh, refused: l.refused}
	var quiet, busy []time.Duration
	errors := make(map[string][]call)
	for _, f := range l.families {
		r.calls += len(f.calls)
		r.livedOn = max(r.livedOn, l.livedOn(f))
		for _, c := range f.calls {
			switch {
			case c.Client == last, c.Client == admin:
			case c.Outcome.Failed():
				errors[f.shard] = append(errors[f.shard], c)
				r.slowest = max(r.slowest, c.End-c.Begin)
			case l.faultAt(c.Begin) == nil:
				quiet = append(quiet, c.End-c.Begin)
			case l.faultAt(c.Begin).shard != f.shard:
				busy = append(busy, c.End-c.Begin)
			}
		}
	}
	for i, s := range l.faults {
		next := l.clock()
		if i+1 < len(l.faults) {
			next = l.faults[i+1].begin
		}
		for _, c := range errors[s.shard] {
			if s.begin <= c.End && c.End < next {
				r.window = max(r.window, c.End-s.begin)
				r.after = max(r.after, c.End-s.whole())
			}
		}
	}
	for _, e := range l.ends {
		if r.ends++; len(e.shards) > 0 {
			r.partial++
		}
	}
	r.before, r.during = p99(quiet), p99(busy)
	return r
}

// whole is when the shard worked again.
func (s span) whole() time.Duration {
	if s.healed > 0 {
		return s.healed
	}
	return s.end
}

func (l *lab) faultAt(at time.Duration) *span {
	for i, s := range l.faults {
		if s.begin <= at && at <= s.end {
			return &l.faults[i]
		}
	}
	return nil
}

func p99(list []time.Duration) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)*99/100]
}

var head = []string{
	"fault set", "operations", "requests", "faults", "violations", "longest error window", "errors after recovery",
	"slowest failed call", "new visitors' 503", "sessions lost", "users signed out everywhere", "sessions read after the return", "p99 elsewhere, before", "during", "again",
}

func (r row) cells() []string {
	return []string{
		r.title, fmt.Sprint(r.calls), fmt.Sprint(r.requests), fmt.Sprint(r.faults), fmt.Sprint(r.violations), seconds(r.window),
		seconds(r.after), seconds(r.slowest), fmt.Sprintf("%d of %d", r.refused, r.fresh), fmt.Sprint(r.lost),
		fmt.Sprintf("%d, %d of them in part", r.ends, r.partial), seconds(r.livedOn), millis(r.before), millis(r.during),
		r.again(),
	}
}

func (s set) again() string { return "`make faults FAULTS=" + s.name + "`" }

func seconds(d time.Duration) string {
	if d == 0 {
		return "none"
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

func millis(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f ms", ms(d))
}

// writeRow puts the row into the table of the page, in the place of the set's former row.
func writeRow(page string, r row) error {
	return report.Write(page, "faults", func(former string) string {
		var rows [][]string
		for _, s := range sets {
			if s.name == r.name {
				rows = append(rows, r.cells())
			} else if cells := formerCells(former, s.again()); cells != nil {
				rows = append(rows, cells)
			}
		}
		return report.Table(head, rows)
	})
}

// formerCells returns the cells of the row that ends with the cell, or nil.
func formerCells(table, last string) []string {
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "| "), " | ")
		if cells[len(cells)-1] == last {
			return cells
		}
	}
	return nil
}
