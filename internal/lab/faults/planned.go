package faults

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/ringsession/ringsession/internal/redistest"
)

// noticed is how soon after the promotion of a replica nobody may rely on the former primary any more.
const noticed = 500 * time.Millisecond

// plannedFailover asks Sentinel to promote a replica while the primary works. Sentinel names the new primary a second later, and
// demotes the former one after eight more.
func plannedFailover(l *lab, victim *shard, s *span) {
	ctx := context.Background()
	former := l.primary()
	s.begin = l.clock()
	must(l, "sentinel failover", l.pair.Watcher.Client().Do(ctx, "sentinel", "failover", redistest.MasterName).Err())
	promoted := l.promotion(former)
	before := callsOf(former)
	l.replaced(former)
	named := l.clock()
	if !l.waits { // else logins and logouts fail until there is a replica again
		s.healed = named
	}
	believed := promoted + noticed
	if l.stalled("", promoted, named) {
		believed = named + noticed
	}
	l.add(&l.losses, span{shard: victim.name, begin: s.begin, end: believed})
	l.t.Logf("Sentinel named the new primary %v after the promotion; the former one had %d calls meanwhile",
		(named - promoted).Round(time.Millisecond), callsOf(former)-before)
	l.until("the former primary follows", func() error { return says(ctx, former, "master_link_status:up") })
	l.attached(l.primary())
	l.until("Sentinel knows the replicas", l.promotable)
}

// replaced waits until Sentinel names another primary.
func (l *lab) replaced(former *redistest.Server) {
	l.until("Sentinel names another primary", func() error {
		if l.primary() == former {
			return fmt.Errorf("it is %s", former.Addr())
		}
		return nil
	})
}

// promotion waits until a replica of the former primary says that it is a primary.
func (l *lab) promotion(former *redistest.Server) time.Duration {
	l.until("a replica is promoted", func() error {
		for _, server := range append(slices.Clone(l.pair.Replicas), l.pair.Primary) {
			if server != former && says(context.Background(), server, "role:master") == nil {
				return nil
			}
		}
		return errors.New("each follows")
	})
	return l.clock()
}

// primary is the server that Sentinel names.
func (l *lab) primary() *redistest.Server {
	at, err := l.pair.Watcher.Client().Do(context.Background(), "sentinel", "get-master-addr-by-name", redistest.MasterName).StringSlice()
	if err != nil || len(at) != 2 {
		l.problem("the name of the primary: %q, %v", at, err)
		return l.pair.Primary
	}
	for _, server := range l.pair.Replicas {
		if server.Addr() == at[0]+":"+at[1] {
			return server
		}
	}
	return l.pair.Primary
}

var commandCalls = regexp.MustCompile(`cmdstat_(?:evalsha|hgetall):calls=(\d+)`)

// callsOf returns how many calls for sessions the server had.
func callsOf(server *redistest.Server) (n int) {
	stats, _ := server.Client().Info(context.Background(), "commandstats").Result()
	for _, found := range commandCalls.FindAllStringSubmatch(stats, -1) {
		more, _ := strconv.Atoi(found[1])
		n += more
	}
	return n
}
