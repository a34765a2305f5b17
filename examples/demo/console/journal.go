package console

import (
	"fmt"
	"slices"
	"time"

	"github.com/ringsession/ringsession/core"
)

// A journal tells what happened, the latest first.
type journal struct {
	entries []entry
	orders  map[order]int // that wait
}

// An order is to end sessions of a user on a shard.
type order struct{ user, shard string }

type entry struct{ Time, Text string }

const journalSize = 5

func (j *journal) add(format string, values ...any) {
	e := entry{time.Now().Format("15:04:05"), fmt.Sprintf(format, values...)}
	j.entries = slices.Insert(j.entries, 0, e)
	j.entries = j.entries[:min(len(j.entries), journalSize)]
}

// tell notes what the store tells.
func (j *journal) tell(e core.Event) {
	switch e.Kind {
	case core.EventBreakerOpen:
		j.add("The breaker of shard %s opened: calls to it fail at once.", e.Shard)
	case core.EventBreakerClosed:
		j.add("The breaker of shard %s closed: it works again.", e.Shard)
	case core.EventEndOrdered:
		j.order(e, 1)
		j.add("Shard %s does not answer. The order to end sessions of %s there waits.", e.Shard, e.User)
	case core.EventEndCarriedOut:
		j.order(e, -1)
		j.add("The order for shard %s was carried out: it ended %s of %s.", e.Shard, count(e.Count, "session"), e.User)
	}
}

// order counts the orders that wait.
func (j *journal) order(e core.Event, n int) {
	if j.orders == nil {
		j.orders = make(map[order]int)
	}
	about := order{e.User, e.Shard}
	if j.orders[about] += n; j.orders[about] <= 0 {
		delete(j.orders, about)
	}
}

// waiting returns the shards for which an order about the user waits.
func (j *journal) waiting(user string) (shards []string) {
	for about := range j.orders {
		if about.user == user {
			shards = append(shards, about.shard)
		}
	}
	slices.Sort(shards)
	return shards
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
