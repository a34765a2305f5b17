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
