package connections_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/internal/lab/report"
	"github.com/ringsession/ringsession/internal/redistest"
)

// A plan is how many connections and streams each server gets.
type plan struct {
	connections, streams int
	interval             time.Duration // between two events
	long                 bool
}

// newPlan returns the short form, unless the variables CONNECTIONS and STREAMS ask for the long one.
func newPlan(t *testing.T) plan {
	t.Helper()
	if os.Getenv("CONNECTIONS") == "" {
		return plan{connections: 200, streams: 50, interval: 200 * time.Millisecond}
	}
	p := plan{interval: time.Second, long: true}
	for name, to := range map[string]*int{"CONNECTIONS": &p.connections, "STREAMS": &p.streams} {
		n, err := strconv.Atoi(os.Getenv(name))
		if err != nil || n < 1 {
			t.Fatalf("%s=%q, want a number", name, os.Getenv(name))
		}
		*to = n
	}
	limit, err := fileLimit()
	if need := p.connections + p.streams + 200; err == nil && limit < need {
		t.Fatalf("a process may have %d files open here and needs %d: see ulimit -n", limit, need)
	}
	return p
}

func TestConnections(t *testing.T) {
	if _, err := takeSample(); errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s does not tell how much memory a process has: %v", runtime.GOOS, err)
	}
	p := newPlan(t)
	rows := make([]row, len(frameworks))
	for i, f := range frameworks {
		t.Run(f.name, func(t *testing.T) {
			rows[i] = measure(t, i, p)
			t.Logf("%+v", rows[i])
		})
	}
	if page := os.Getenv("CONNECTIONSREPORT"); page != "" && !t.Failed() {
		if err := report.Write(page, "connections", func(string) string { return section(p, rows) }); err != nil {
			t.Error(err)
		}
	}
}

// A row is what is measured of one framework.
type row struct {
	before, strangers, idle, streaming, after sample
	redis, redisPeak                          redisSample // before the logins, and with all streams
}

// patient lets a busy machine pause without an error.
var patient = fmt.Sprintf("&dial_timeout=%v&read_timeout=%[1]v&write_timeout=%[1]v", patience)

func measure(t *testing.T, framework int, p plan) (r row) {
	redis := redistest.Start(t)
	server := start(t, task{framework, redis.URL() + "?name=a" + patient, p.interval})
	c := &crowd{addr: server.addr}
	t.Cleanup(c.leave)
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(errors.Join(c.come(32), c.signIn(), c.check())) // the first requests need what all share
	c.leave()
	do(redis.Client().FlushAll(t.Context()).Err())
	r.before, r.redis = server.sample(), newRedisSample(t, redis)

	do(c.come(p.connections))
	r.strangers = server.sample()
	do(c.signIn())
	r.idle = server.sample()
	do(c.watch(p.streams))
	do(c.more(2))
	r.streaming, r.redisPeak = server.sample(), newRedisSample(t, redis)
	if n := r.redisPeak.sessions; n != p.connections {
		t.Errorf("Redis has %d sessions, want one for each of %d connections", n, p.connections)
	}
	do(c.check())
	do(c.more(1))

	c.leave()
	expected := r.before.Goroutines + slack
	if !p.long && frameworks[framework].name == "Fiber" {
		expected += p.connections + p.streams // it keeps those of connections for 10 to 20 s, in case others come
	}
	if r.after = settle(server, expected); r.after.Goroutines > expected {
		t.Errorf("%d goroutines are left; before there were %d", r.after.Goroutines, r.before.Goroutines)
	}
	return r
}

// slack is for goroutines that come and go, such as those of the clients of Redis.
const slack = 8

// settle waits until the server has ended what its clients have left, that is, until it has no more than so many goroutines.
func settle(server *process, goroutines int) sample {
	s := server.sample()
	for deadline := time.Now().Add(patience); s.Goroutines > goroutines && time.Now().Before(deadline); s = server.sample() {
		time.Sleep(100 * time.Millisecond)
	}
	return s
}

// A redisSample is what Redis keeps.
type redisSample struct{ memory, sessions, clients int }

func newRedisSample(t *testing.T, server *redistest.Server) (s redisSample) {
	t.Helper()
	info, err := server.Client().Info(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := server.Client().Keys(t.Context(), "session:*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if key != "session:shard" && !strings.HasPrefix(key, "session:user:") { // the server's mark, and users' lists
			s.sessions++
		}
	}
	for line := range strings.Lines(info) {
		_, _ = fmt.Sscanf(line, "used_memory:%d", &s.memory)
		_, _ = fmt.Sscanf(line, "connected_clients:%d", &s.clients)
	}
	return s
}

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
