package connections_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

const (
	tableBegin = "<!-- table of make connections -->\n"
	tableEnd   = "<!-- end of the table -->"
)

// report replaces the table of the page.
func report(page string, p plan, rows []row) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, ok1 := strings.Cut(string(text), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s: the marks %q and %q of the table are missing", page, tableBegin, tableEnd)
	}
	return os.WriteFile(page, []byte(before+tableBegin+table(p, rows)+tableEnd+after), 0o644)
}

// table has a column for each framework.
func table(p plan, rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d connections and %d streams at once, 0 errors; %s, %s/%s, %d cores.\n\n",
		p.connections, p.streams, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	b.WriteString("| |")
	for _, f := range frameworks {
		b.WriteString(" " + f.name + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", len(frameworks)) + "\n")
	for _, l := range lines {
		b.WriteString("| " + l.what + " |")
		for _, r := range rows {
			b.WriteString(" " + l.value(p, r) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
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

func TestTheTableIsReplaced(t *testing.T) {
	page := t.TempDir() + "/page.md"
	if err := os.WriteFile(page, []byte("before\n"+tableBegin+"old\n"+tableEnd+"\nafter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := plan{connections: 2, streams: 1}
	r := row{before: sample{RSS: 1 << 20}, idle: sample{RSS: 1<<20 + 7<<10}}
	for range 2 {
		if err := report(page, p, []row{r, r, r, r}); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(page)
	want := "before\n" + tableBegin + table(p, []row{r, r, r, r}) + tableEnd + "\nafter\n"
	if err != nil || string(text) != want || !strings.Contains(want, "**: RSS | 3.5 KiB |") {
		t.Errorf("got %v\n%s\nwant\n%s", err, text, want)
	}
	if err := os.WriteFile(page, []byte("no table"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := report(page, p, nil); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a page without a table: %v", err)
	}
}
