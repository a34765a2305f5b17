package faults

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// recovery is how long after a fault its own shard may still give errors: hung calls end, the breaker lets one through.
const recovery = 5 * time.Second

// foreign is the rule that no read returns another session's data: all that is written to a session names it.
func (l *lab) foreign(f *family) string {
	mark := fmt.Sprintf("f%d.", f.number)
	for _, c := range f.calls {
		for _, text := range append([]string{c.User}, c.Values[:]...) {
			if text != "" && text != f.user && !strings.HasPrefix(text, mark) {
				return fmt.Sprintf("a read returned another session's data: %q", text)
			}
		}
		if c.Outcome == corrupt {
			return "what is stored is no session: " + c.Err.Error()
		}
	}
	return ""
}

// undead is the rule that no read returns a session after its acknowledged
// logout, or the end of all sessions of its user, under whatever ID. It does not look beyond a wipe, which takes the
// memory of the logout along; the checker knows what may happen then.
func (l *lab) undead(f *family) string {
	for _, d := range f.calls {
		if d.Op != "destroy" && d.Op != "end" || d.Outcome != ok || !l.waits && during(l.losses, f.shard, d.Begin, d.End, lag) {
			continue
		}
		for _, c := range f.calls {
			wiped := during(l.wipes, f.shard, d.Begin, c.End, 0)
			if c.Op == "load" && c.Outcome == ok && c.Begin > d.End && !wiped {
				return fmt.Sprintf("a read returned a session after its %s, which was acknowledged at %.3f ms",
					d.Op, ms(d.End))
			}
		}
	}
	return ""
}

// checkErrors applies the rule that a fault gives errors to the sessions of its own shard and to nobody else, and, while a
// server lacks memory, to nothing but writes.
func (l *lab) checkErrors() {
	for _, f := range l.families {
		for _, c := range f.calls {
			if !c.Outcome.Failed() {
				continue
			}
			if l.stalled(f.shard, c.Begin, c.End) {
				if l.faultOf(f.shard, c.Begin, c.End) == nil {
					l.pardoned++
				}
				continue
			}
			if s := l.faultOf(f.shard, c.Begin, c.End); s == nil {
				l.problem("an error on a shard without a fault: %v", c)
			} else if s.reads && (c.Op == "load" || c.Op == "refresh" || c.Op == "destroy") {
				l.problem("%s: a call that needs no memory failed: %v", s.name, c)
			}
		}
	}
	for _, v := range l.visits {
		if v.status == 503 && v.shard != "" && !l.stalled(v.shard, v.begin, v.end) && l.faultOf(v.shard, v.begin, v.end) == nil {
			l.problem("503 for a session on shard %q, which has no fault: %s from %.3f to %.3f ms", v.shard, v.path, ms(v.begin), ms(v.end))
		}
	}
}

// adjust is how long after the begin of a fault new visitors may still be sent to its shard.
const adjust = time.Second

// checkNewVisitors applies the rule that new visitors go to shards that work: after the first second of a fault, fewer than
// one in a hundred gets 503.
func (l *lab) checkNewVisitors() {
	for _, v := range l.visits {
		i := slices.IndexFunc(l.faults, func(s span) bool { return s.begin+adjust > v.begin })
		if i < 0 {
			i = len(l.faults)
		}
		settled := i > 0 && (i == len(l.faults) || v.begin < l.faults[i].begin)
		if !settled || !v.fresh || l.stalled("", v.begin, v.end) {
			continue
		}
		if l.fresh++; v.status == 503 {
			l.refused++
		}
	}
	if l.refused > 0 && l.refused*100 >= l.fresh {
		l.problem("%d of %d new visitors got 503, though shards work", l.refused, l.fresh)
	}
}

// faultOf returns the fault that explains an error on the shard.
func (l *lab) faultOf(shard string, begin, end time.Duration) *span {
	for i, s := range l.faults {
		if s.shard == shard && s.begin <= end && begin <= s.end+recovery {
			return &l.faults[i]
		}
	}
	return nil
}

// wiped reports whether the session was there when its server lost all it had.
func (l *lab) wiped(f *family) bool {
	return slices.ContainsFunc(l.wipes, func(w span) bool {
		created := slices.ContainsFunc(f.calls, func(c call) bool {
			return c.Op == "create" && c.Outcome == ok && c.End < w.begin
		})
		ended := slices.ContainsFunc(f.calls, func(c call) bool { return (c.Op == "destroy" || c.Op == "end") && c.Begin < w.begin })
		return w.shard == f.shard && created && !ended
	})
}

// The ways in which what a visitor sees can be wrong.
type wrong string

const (
	lost    wrong = "a login was lost"
	setBack wrong = "an acknowledged write was lost"
	revived wrong = "a session lived that had ended"
)

// A suspect is something wrong that a server's loss may excuse. It is judged when the run is over, because the fault may not be
// recorded yet when the visitor notices.
type suspect struct {
	wrong
	shard      string
	begin, end time.Duration // of what was lost
	seen       time.Duration
	text       string
}

func (b *browser) suspect(w wrong, what visit, text string) {
	seen := b.l.clock()
	b.l.mu.Lock()
	defer b.l.mu.Unlock()
	b.l.suspects = append(b.l.suspects, suspect{w, what.shard, what.begin, what.end, seen, text + "\n" + b.history()})
}

// judge makes problems of the suspects without an excuse, and counts the others.
func (l *lab) judge() {
	for _, s := range l.suspects {
		switch {
		case s.wrong != revived && during(l.wipes, s.shard, s.begin, s.seen, 0),
			s.wrong == lost && !l.waits && during(l.losses, s.shard, s.begin, s.end, lag),
			s.wrong == revived && !l.waits && during(l.losses, s.shard, s.begin, s.end, lag),
			s.wrong == setBack && during(l.losses, s.shard, s.begin, s.end, lag):
			l.misled++
		default:
			l.problem("%s: %s", s.wrong, s.text)
		}
	}
}

// lag is how far a replica may be behind its primary.
const lag = 3 * time.Second

// during reports whether one of the spans, begun so much earlier, meets the time from begin to end.
func during(spans []span, shard string, begin, end, earlier time.Duration) bool {
	return slices.ContainsFunc(spans, func(s span) bool {
		return s.shard == shard && s.begin-earlier <= end && begin <= s.end
	})
}
