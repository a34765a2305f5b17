package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// ill answers instead of the server while it has a diagnosis, and counts the loads.
type ill struct {
	mu    sync.Mutex
	reply error
	calls int
}

func (i *ill) diagnose(reply error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.reply, i.calls = reply, 0
}

func (i *ill) ask(command string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if command == "hgetall" || command == "pttl" { // a load, whichever comes first
		i.calls++
	}
	return i.reply
}

func (i *ill) asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.calls
}

// treat is the hook of the client.
func (i *ill) treat(_ context.Context, cmds []redis.Cmder, next func() error) error {
	if err := i.ask(cmds[0].Name()); err != nil {
		cmds[0].SetErr(err)
		return err
	}
	return next()
}

// reply is an error that a server sends.
type reply string

func (r reply) Error() string { return string(r) }
func (reply) RedisError()     {}

// illShard is a store with one shard that can fall ill, and what it told.
func illShard(t *testing.T) (*redisstore.Store, *ill, func() string) {
	t.Helper()
	_, m := shardOn(t, "a")
	client, illness, told := clientOf(t, m.Addr()), new(ill), new(recorder)
	client.AddHook(redistest.Hook(illness.treat))
	shard := redisstore.Shard{Name: "a", Client: client}
	s := openWith(t, redisstore.Options{OnEvent: told.add}, shard)
	return s, illness, func() string {
		var events []string
		for _, e := range told.find() {
			events = append(events, fmt.Sprintf("%s %s %v", e.Kind, e.Shard, e.Err))
		}
		return strings.Join(events, ", ")
	}
}

func TestABreakerOpensOnOutagesAndOnNothingElse(t *testing.T) {
	for _, test := range []struct {
		reply error
		opens bool
	}{
		{errors.New("connection refused"), true},
		{reply("LOADING Redis is loading the dataset in memory"), true},
		{reply("READONLY You can't write against a read only replica."), false},
		{reply("NOPERM this user has no permissions to run the 'hgetall' command"), false},
		{reply("BUSY Redis is busy running a script."), true},
		{reply("MOVED 3999 127.0.0.1:6381"), true},
		{reply("CLUSTERDOWN Hash slot not served"), true},
		{reply("NOAUTH Authentication required."), true},
		{reply("OOM command not allowed when used memory > 'maxmemory'."), false},
		{reply("MISCONF Redis is configured to save RDB snapshots"), false},
		{reply("NOREPLICAS Not enough good replicas to write."), false},
		{reply("WRONGTYPE Operation against a key holding the wrong kind of value"), false},
		{reply("ERR Error running script"), false},
	} {
		s, illness, told := illShard(t)
		ids := []store.ID{create(t, s), create(t, s), create(t, s)}
		illness.diagnose(test.reply)
		for i := range 50 {
			if _, err := s.Load(t.Context(), ids[i%3]); err == nil {
				t.Fatalf("%v: Load succeeded", test.reply)
			}
		}
		calls, events := illness.asked(), told()
		if test.opens && (calls > 5 || !strings.HasPrefix(events, "breaker open a ")) || !test.opens && (calls != 50 || events != "") {
			t.Errorf("%v: %d of 50 calls reached the server, events %q", test.reply, calls, events)
		}
		if test.opens {
			_, err := s.Load(t.Context(), ids[0])
			if !strings.Contains(fmt.Sprint(err), `shard "a": not called, because the last calls failed: `+shown(test.reply)) {
				t.Errorf("%v: an open breaker says %v", test.reply, err)
			}
			illness.diagnose(nil)
			eventually(t, "a call is let through", func() bool {
				_, err := s.Load(t.Context(), ids[0])
				return err == nil
			})
			for i := range 20 {
				if _, err := s.Load(t.Context(), ids[i%3]); err != nil {
					t.Errorf("%v: after the first success: %v", test.reply, err)
				}
			}
			want := "breaker open a " + shown(test.reply) + ", breaker closed a <nil>"
			if calls, events := illness.asked(), told(); calls != 21 || events != want {
				t.Errorf("%v: %d calls with 21 successes, events %q, want %q",
					test.reply, calls, events, want)
			}
		}
	}
}

// shown is what the store says of an error: the first word of a reply alone.
func shown(err error) string {
	if _, ok := err.(redis.Error); ok {
		word, _, _ := strings.Cut(err.Error(), " ")
		return "the server replied " + word
	}
	return err.Error()
}

// One session with a record too large to read in time, on a real server: every read
// of it fails, and nothing else does.
func TestOneSessionDoesNotOpenABreaker(t *testing.T) {
	server := redistest.Start(t)
	var events atomic.Int64
	s := openWith(t, redisstore.Options{OnEvent: func(context.Context, core.Event) { events.Add(1) }},
		redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	huge, other := create(t, s), create(t, s)
	value := strings.Repeat("x", 1<<20)
	for i := range 64 {
		server.Client().HSet(t.Context(), key(huge), fmt.Sprint("field", i), value)
	}
	for range 5 + 1 {
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
		if _, err := s.Load(ctx, huge); err == nil {
			t.Fatal("64 MB were read in 60 ms: the test needs more")
		}
		cancel()
		if _, err := s.Load(t.Context(), other); err != nil {
			t.Fatalf("another session: %v", err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	for range 5 + 1 { // in a row, with nobody else between them
		wg.Go(func() { _, _ = s.Load(ctx, huge) })
	}
	wg.Wait()
	if err := server.Client().Ping(t.Context()).Err(); err != nil { // it may be busy with 400 MB for a while
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context(), other); err != nil || events.Load() != 0 {
		t.Errorf("another session: %v; %d events", err, events.Load())
	}
}

// A caller that gives up at once says nothing about the shard.
func TestImpatientCallersDoNotOpenABreaker(t *testing.T) {
	s, _, told := illShard(t)
	id := create(t, s)
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		_, err := s.Load(ctx, id)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Load with a deadline that is over: %v", err)
		}
	}
	if _, err := s.Load(t.Context(), id); err != nil || told() != "" {
		t.Errorf("afterwards: error %v, events %q", err, told())
	}
}

// P6: after its first failure a shard gets no new sessions until it works again; nobody has to try it in earnest.
func TestNewSessionsGoToShardsThatWork(t *testing.T) {
	a, onA := shardOn(t, "a")
	b, onB := shardOn(t, "b")
	c, onC := shardOn(t, "c")
	s := open(t, a, b, c)
	onA.SetError("LOADING")
	failures := 0
	for range 200 {
		id := newID(t, s)
		if err := s.Create(t.Context(), id, set("k", "1")); err != nil {
			failures++
		}
	}
	if failures > 5 {
		t.Errorf("%d of 200 new sessions went to the shard that is down", failures)
	}
	if nb, nc := len(onB.Keys()), len(onC.Keys()); nb+nc != 2+200-failures || nb < 50 || nc < 50 {
		t.Errorf("%d keys on one of the other shards and %d on the other", nb, nc)
	}
	onA.SetError("")
	eventually(t, "new sessions go to the shard again", func() bool {
		owner, err := s.Owner(newID(t, s).Place)
		return err == nil && owner == "a"
	})
}

func TestWithoutAnyShardThatWorksNewSessionsFailAtOnce(t *testing.T) {
	s, illness, _ := illShard(t)
	illness.diagnose(errors.New("connection refused"))
	eventually(t, "NewPlace fails at once", func() bool {
		place, err := s.NewPlace(t.Context())
		if err == nil {
			_ = s.Create(t.Context(), idAt(t, place), set("k", "1"))
			return false
		}
		return strings.Contains(err.Error(), "no shard that takes new sessions works")
	})
}
