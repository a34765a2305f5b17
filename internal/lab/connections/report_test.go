package connections_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/internal/lab/report"
)

// section has a table with a column for each framework.
func section(p plan, measured []row) string {
	head := []string{""}
	for _, f := range frameworks {
		head = append(head, f.name)
	}
	var rows [][]string
	for _, l := range lines {
		cells := []string{l.what}
		for _, r := range measured {
			cells = append(cells, l.value(p, r))
		}
		rows = append(rows, cells)
	}
	return fmt.Sprintf("%d connections and %d streams at once, 0 errors; %s, %s/%s, %d cores.\n\n",
		p.connections, p.streams, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU()) +
		report.Table(head, rows)
}

var lines = []struct {
	what  string
	value func(plan, row) string
}{
	{"RSS before", func(_ plan, r row) string { return mebibytes(r.before.RSS) }},
	{"RSS with the idle connections", func(_ plan, r row) string { return mebibytes(r.idle.RSS) }},
	{"RSS with the streams as well", func(_ plan, r row) string { return mebibytes(r.streaming.RSS) }},
	{"highest RSS, while all that happened", func(_ plan, r row) string { return mebibytes(r.after.Peak) }},
	{"**an idle connection**: RSS", func(p plan, r row) string { return kibibytes(r.idle.RSS-r.before.RSS, p.connections) }},
	{"the same before the login: RSS", func(p plan, r row) string { return kibibytes(r.strangers.RSS-r.before.RSS, p.connections) }},
	{"of an idle connection, heap", func(p plan, r row) string { return kibibytes(r.idle.Heap-r.before.Heap, p.connections) }},
	{"and stacks", func(p plan, r row) string { return kibibytes(r.idle.Stacks-r.before.Stacks, p.connections) }},
	{"goroutines", func(p plan, r row) string { return number(r.idle.Goroutines-r.before.Goroutines, p.connections) }},
	{"**a stream**: RSS", func(p plan, r row) string { return kibibytes(r.streaming.RSS-r.idle.RSS, p.streams) }},
	{"of a stream, heap", func(p plan, r row) string { return kibibytes(r.streaming.Heap-r.idle.Heap, p.streams) }},
	{"and stacks", func(p plan, r row) string { return kibibytes(r.streaming.Stacks-r.idle.Stacks, p.streams) }},
	{"goroutines", func(p plan, r row) string { return number(r.streaming.Goroutines-r.idle.Goroutines, p.streams) }},
	{"**a session**: memory of Redis, bytes", func(p plan, r row) string {
		return fmt.Sprint((r.redisPeak.memory - r.redis.memory) / p.connections)
	}},
	{"connections to Redis, all together", func(_ plan, r row) string { return fmt.Sprint(r.redisPeak.clients - 1) }},
}

func mebibytes(bytes int) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }

func kibibytes(bytes, by int) string {
	return fmt.Sprintf("%.1f KiB", float64(bytes)/float64(by)/(1<<10))
}

func number(n, by int) string { return fmt.Sprintf("%.2f", float64(n)/float64(by)) }

func TestTheSectionHasWhatWasMeasured(t *testing.T) {
	r := row{before: sample{RSS: 1 << 20}, idle: sample{RSS: 1<<20 + 7<<10}}
	got := section(plan{connections: 2, streams: 1}, []row{r, r, r, r})
	if !strings.Contains(got, "| **an idle connection**: RSS | 3.5 KiB | 3.5 KiB |") {
		t.Errorf("got\n%s", got)
	}
}
