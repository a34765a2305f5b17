package faults

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ringsession/ringsession/internal/redistest"
)

// settling bounds the wait for Redis's own doings, which take seconds.
const settling = time.Minute

// attached waits until each primary has a replica that follows. A replica that INFO calls online may get nothing for another
// second: the primary holds the stream back until the first acknowledgement, and its offset is 0 until then.
func (l *lab) attached(primaries ...*redistest.Server) {
	ctx := context.Background()
	for _, p := range primaries {
		// Something to acknowledge; in a Cluster, which does not replicate this, a ping does as well.
		must(l, "publish", p.Client().Publish(ctx, "canary", "1").Err())
		l.until("a replica follows", func() error {
			if says(ctx, p, ",offset=0,") == nil {
				return errors.New("it has acknowledged nothing")
			}
			return says(ctx, p, "state=online")
		})
	}
}

func says(ctx context.Context, server *redistest.Server, what string) error {
	info, err := server.Client().Info(ctx, "replication").Result()
	if err == nil && !strings.Contains(info, what) {
		err = fmt.Errorf("it does not say %s", what)
	}
	return err
}

// until waits for something that Redis does.
func (l *lab) until(what string, check func() error) {
	var err error
	for begin := time.Now(); time.Since(begin) < settling; time.Sleep(5 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	l.problem("in vain for %v: %s: %v", settling, what, err)
}

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
