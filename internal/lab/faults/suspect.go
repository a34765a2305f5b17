package faults

import (
	"slices"
	"time"
)

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
