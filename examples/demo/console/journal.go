package console

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ringsession/ringsession/core"
)

// A journal tells what happened, the latest first.
type journal struct {
	mu      sync.Mutex
	entries []entry
}

type entry struct{ Time, Text string }

const journalSize = 5

func (j *journal) add(format string, values ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e := entry{time.Now().Format("15:04:05"), fmt.Sprintf(format, values...)}
	j.entries = slices.Insert(j.entries, 0, e)
	j.entries = j.entries[:min(len(j.entries), journalSize)]
}

func (j *journal) breaker(e core.Event) {
	switch e.Kind {
	case core.EventBreakerOpen:
		j.add("The breaker of shard %s opened: calls to it fail at once.", e.Shard)
	case core.EventBreakerClosed:
		j.add("The breaker of shard %s closed: it works again.", e.Shard)
	}
}

func (j *journal) latest() []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.entries)
}
