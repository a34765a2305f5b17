package faults

import (
	"context"
	"time"
)

// stall is how long a server that nobody harms takes at most, unless the machine is overloaded.
const stall = callTimeout / 5

// watch writes to the server past its proxy and records when that takes long: an error at such a moment is the machine's, not
// the store's, and must not decide a test.
func (l *lab) watch(sh *shard) {
	for !l.over() {
		begin := l.clock()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		sh.server.Client().Set(ctx, "canary", "1", time.Hour)
		cancel()
		if end := l.clock(); end-begin > stall {
			l.add(&l.stalls, span{shard: sh.name, begin: begin - callTimeout, end: end})
		}
		l.wait(20 * time.Millisecond)
	}
}

// pulse records when this machine stands still, which every shard suffers from.
func (l *lab) pulse() {
	for !l.over() {
		begin := l.clock()
		l.wait(20 * time.Millisecond)
		if end := l.clock(); end-begin > stall {
			l.add(&l.stalls, span{begin: begin - callTimeout, end: end})
		}
	}
}

// stalled reports whether the shard stood still by itself in that time.
func (l *lab) stalled(shard string, begin, end time.Duration) bool {
	for _, s := range l.stalls {
		if (s.shard == shard || s.shard == "") && s.begin <= end && begin <= s.end {
			return true
		}
	}
	return false
}
