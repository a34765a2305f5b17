package redisstore_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

func onServer(name string, server *redistest.Server) redisstore.Shard {
	return redisstore.Shard{Name: name, URL: redisstore.NewURL(server.URL())}
}

// on returns a new session on the shard.
func on(t *testing.T, s *redisstore.Store, shard string) store.ID {
	t.Helper()
	for range 1000 {
		id := newID(t, s)
		if owner, _ := s.Owner(id.Place); owner == shard {
			if err := s.Create(t.Context(), id, set("k", `"v"`)); err != nil {
				t.Fatal(err)
			}
			return id
		}
	}
	t.Fatalf("no new session on shard %q", shard)
	return store.ID{}
}

func flush(t *testing.T, servers ...*redistest.Server) {
	t.Helper()
	for _, server := range servers {
		command(t, server, "flushall")
	}
}

// A list that contradicts the marks of the servers is refused by a new process and
// by one that runs, and nothing has changed afterwards.
func TestAListThatContradictsTheServersIsRefused(t *testing.T) {
	const swapped, emptied, retired = `its server is that of shard "b": are two addresses swapped`,
		"its address has changed, and the server at the new one has none of its sessions", "its name was listed as Retired"
	one, two, empty := redistest.Start(t), redistest.Start(t), redistest.Start(t)
	a, b := onServer("a", one), onServer("b", two)
	startsEmpty := func(sh redisstore.Shard) redisstore.Shard { sh.StartEmpty = true; return sh }
	for _, test := range []struct {
		name        string
		first, next []redisstore.Shard
		flush       *redistest.Server // before next
		want        string            // "" if next is right
		empty       string            // shards told of as empty by a new process
	}{
		{"the same list", []redisstore.Shard{a, b}, []redisstore.Shard{b, a}, nil, "", ""},
		{"two addresses swapped", []redisstore.Shard{a, b}, []redisstore.Shard{onServer("a", two), onServer("b", one)}, nil, swapped, ""},
		{"one address wrong", []redisstore.Shard{a, b}, []redisstore.Shard{onServer("a", two)}, nil, swapped, ""},
		{"another name", []redisstore.Shard{a, b}, []redisstore.Shard{onServer("c", two)}, nil, swapped, ""},
		{"one server twice", []redisstore.Shard{b}, []redisstore.Shard{b, onServer("c", two)}, nil, swapped, ""},
		{"an empty server", []redisstore.Shard{a, b}, []redisstore.Shard{onServer("a", empty), b}, nil, emptied, ""},
		{"an empty server that is meant", []redisstore.Shard{a, b}, []redisstore.Shard{startsEmpty(onServer("a", empty)), b}, nil, "", "a"},
		{"a database of its own", []redisstore.Shard{a, b}, []redisstore.Shard{a, b, {Name: "c", URL: redisstore.NewURL(two.URL() + "/1")}}, nil, "", ""},
		{"an empty server of a new shard", []redisstore.Shard{a, b}, []redisstore.Shard{a, b, onServer("c", empty)}, nil, "", ""},
		{"retired, listed again", []redisstore.Shard{a, {Name: "b", Retired: true}}, []redisstore.Shard{a, b}, nil, "", ""}, // b was never seen
		{"a server that lost its data", []redisstore.Shard{a, b}, []redisstore.Shard{a, b}, two, "", "b"},
		{"retired, then emptied", nil, []redisstore.Shard{a, b}, two, retired, ""},
		{"retired, then listed again", nil, []redisstore.Shard{a, b}, nil, retired, ""},
		{"retired, not emptied", nil, []redisstore.Shard{a, startsEmpty(b)}, nil, retired, ""},
		{"retired, then emptied, which is meant", nil, []redisstore.Shard{a, startsEmpty(b)}, two, "", "b"},
	} {
		for _, running := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, running %v", test.name, running), func(t *testing.T) {
				flush(t, one, two, empty)
				first := test.first
				if first == nil {
					first = []redisstore.Shard{a, b}
				}
				if strings.HasPrefix(test.name, "retired, listed") {
					command(t, two, "hset", "session:shard", "name", "b", "birth", "its birth")
				}
				s := open(t, first...)
				id := on(t, s, first[0].Name)
				if test.first == nil {
					if err := s.SetShards(t.Context(), []redisstore.Shard{a, {Name: "b", Retired: true}}); err != nil {
						t.Fatal(err)
					}
				}
				if !running { // else it may notice the loss of data first
					_ = s.Close()
				}
				if test.flush != nil {
					flush(t, test.flush)
				}
				before := marksOf(t, one, two, empty)
				var err error
				var events recorder
				if running {
					err = s.SetShards(t.Context(), test.next)
				} else {
					var next *redisstore.Store
					if next, err = redisstore.Open(t.Context(), test.next, quiet(&redisstore.Options{OnEvent: events.add})); err == nil {
						t.Cleanup(func() { _ = next.Close() })
					}
				}
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Fatalf("error %v, want %q", err, test.want)
				}
				if after := marksOf(t, one, two, empty); err != nil && !slices.Equal(before, after) {
					t.Errorf("the refused list changed the marks from\n%q to\n%q", before, after)
				}
				if got := events.empty(); !running && got != test.empty {
					t.Errorf("told of as empty: %q, want %q", got, test.empty)
				}
				if _, err := s.Load(t.Context(), id); running && err != nil && test.want != "" {
					t.Errorf("after the refused list: %v", err)
				}
			})
		}
	}
}

// A retired name that was taken up again with an empty server is a name like others:
// it may lose its data, and be retired again.
func TestARetiredNameThatLivesAgain(t *testing.T) {
	one, two := redistest.Start(t), redistest.Start(t)
	a, b, retired := onServer("a", one), onServer("b", two), redisstore.Shard{Name: "b", Retired: true}
	// Each process ends before the next one begins: one that runs on notices the loss
	// of data, and then the next one is not told of it.
	run := func(shards ...redisstore.Shard) {
		if err := open(t, shards...).Close(); err != nil {
			t.Error(err)
		}
	}
	run(a, b)
	run(a, retired)
	flush(t, two)
	again := b
	again.StartEmpty = true
	run(a, again)
	run(a, b)
	flush(t, two)
	var events recorder
	openWith(t, redisstore.Options{OnEvent: events.add}, a, b)
	if events.empty() != "b" {
		t.Errorf("told of %q, want b", events.empty())
	}
	open(t, a, retired)
	if _, err := redisstore.Open(t.Context(), []redisstore.Shard{a, b}, quiet(nil)); err == nil || !strings.Contains(err.Error(), "Retired") {
		t.Errorf("retired again, then listed: %v", err)
	}
}

// marksOf returns what the servers keep of their shards.
func marksOf(t *testing.T, servers ...*redistest.Server) (all []string) {
	t.Helper()
	for _, server := range servers {
		all = append(all, fmt.Sprint(server.Client().HGetAll(t.Context(), "session:shard").Val()))
	}
	return all
}

// Two names on one new server: none of the two is left on it.
func TestOneNewServerListedTwiceIsRefused(t *testing.T) {
	server := redistest.Start(t)
	a, b := onServer("a", server), redisstore.Shard{Name: "b", URL: redisstore.NewURL(server.UnixURL())}
	_, err := redisstore.Open(t.Context(), []redisstore.Shard{a, b}, quiet(nil))
	if err == nil || !strings.Contains(err.Error(), `its server is that of shard "a": are two addresses swapped, or is one server listed twice?`) {
		t.Errorf("Open: %v", err)
	}
	if n := server.Client().DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys are left: %v", n, marksOf(t, server))
	}
	create(t, open(t, b))
}

// A shard that left the list is recognized by the same process, and another prefix
// has marks of its own.
func TestTheProcessRemembersItsFormerLists(t *testing.T) {
	one, two := redistest.Start(t), redistest.Start(t)
	s := open(t, onServer("a", one))
	if err := s.SetShards(t.Context(), []redisstore.Shard{onServer("b", two)}); err != nil {
		t.Fatal(err)
	}
	other := redistest.Start(t)
	err := s.SetShards(t.Context(), []redisstore.Shard{onServer("a", other), onServer("b", two)})
	if err == nil || !strings.Contains(err.Error(), "its address has changed") {
		t.Errorf("an empty server for a shard of a former list: %v", err)
	}
	openWith(t, redisstore.Options{Prefix: "app:"}, onServer("b", one), onServer("a", two))
}

// Many processes start at the same moment, on servers that nobody has used, and
// again after one of them has lost its data.
func TestProcessesThatStartTogetherAgree(t *testing.T) {
	one, two := redistest.Start(t), redistest.Start(t)
	a, b := onServer("a", one), onServer("b", two)
	for round := range 20 {
		if round%2 == 0 {
			flush(t, one, two)
		} else {
			flush(t, two)
		}
		var wg sync.WaitGroup
		stores := make([]*redisstore.Store, 6)
		for i := range stores {
			wg.Go(func() {
				var err error
				if stores[i], err = redisstore.Open(t.Context(), []redisstore.Shard{a, b}, quiet(nil)); err != nil {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		wg.Wait()
		for _, s := range stores {
			if s == nil {
				continue
			}
			if err := s.Ping(t.Context()); err != nil {
				t.Errorf("round %d: Ping: %v", round, err)
			}
			_ = s.Close()
		}
		if births := two.Client().HMGet(t.Context(), "session:shard", "birth").Val(); births[0] != one.Client().HGet(t.Context(), "session:shard", "birth:b").Val() {
			t.Errorf("round %d: the roster of a is wrong about b: %v", round, marksOf(t, one, two))
		}
	}
}

// A server that restarts without its data is told of once, and works on.
func TestAServerThatLosesItsDataIsToldOfOnce(t *testing.T) {
	one, two := redistest.Start(t), redistest.Start(t)
	for _, supplied := range []bool{false, true} {
		flush(t, one, two)
		a, b := onServer("a", one), onServer("b", two)
		if supplied {
			b = redisstore.Shard{Name: "b", Client: clientOf(t, two.Addr())}
		}
		var events recorder
		s := openWith(t, redisstore.Options{OnEvent: events.add}, a, b)
		id := on(t, s, "b")
		birth := two.Client().HGet(t.Context(), "session:shard", "birth").Val()
		two.Restart()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
					if _, err := s.Load(t.Context(), id); err == nil {
						t.Error("a session of before the restart")
					}
				}
			})
		}
		wg.Wait()
		eventually(t, "the session is not found", func() bool {
			_, err := s.Load(t.Context(), id)
			return errors.Is(err, store.ErrNotFound)
		})
		eventually(t, "new sessions go there", func() bool {
			owner, _ := s.Owner(newID(t, s).Place)
			return owner == "b"
		})
		on(t, s, "b")
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if events.empty() != "b" {
			t.Errorf("supplied %v: told of %q, want b once", supplied, events.empty())
		}
		now := two.Client().HGet(t.Context(), "session:shard", "birth").Val()
		eventually(t, "the roster has the new birth", func() bool {
			return one.Client().HGet(t.Context(), "session:shard", "birth:b").Val() == now
		})
		if now == "" || now == birth {
			t.Errorf("birth %q after %q", now, birth)
		}
	}
}

// The server of another shard answers at the address of a running program's shard:
// 503, and nobody is signed out.
func TestAServerThatIsReplacedUnderARunningProgramIsNotBelieved(t *testing.T) {
	for _, supplied := range []bool{false, true} {
		one, two := redistest.Start(t), redistest.Start(t)
		w := redistest.NewProxy(t, one.Addr())
		a := redisstore.Shard{Name: "a", URL: redisstore.NewURL(w.URL())}
		if supplied {
			a = redisstore.Shard{Name: "a", Client: clientOf(t, w.Addr().String())}
		}
		s := open(t, a)
		open(t, onServer("b", two))
		var ids []store.ID
		for range 20 {
			ids = append(ids, create(t, s))
		}
		w.Lead(two.Addr())
		signedOut, refused, why := 0, 0, ""
		end := time.Now().Add(1500 * time.Millisecond)
		for ; time.Now().Before(end) || signedOut+refused < 1000; time.Sleep(time.Millisecond) {
			for _, id := range ids {
				_, err := s.Load(t.Context(), id)
				saved := s.Save(t.Context(), id, set("k", "2"))
				for _, err := range []error{err, saved} {
					switch {
					case err == nil:
						t.Fatal("a session on the wrong server")
					case isAnswer(err):
						signedOut++
					default:
						refused++
						why = err.Error()
					}
				}
			}
		}
		if signedOut > 0 || !strings.Contains(why, `its server is that of shard "b"`) {
			t.Errorf("supplied %v: %d signed out, %d refused, the last: %s", supplied, signedOut, refused, why)
		}
		if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), `its server is that of shard "b"`) {
			t.Errorf("Ping: %v", err)
		}
		if h := s.Health(t.Context()).Shards[0]; h.State != redisstore.StateDown || !strings.Contains(h.Problem, `shard "b"`) {
			t.Errorf("Health: %+v", h)
		}
		w.Lead(one.Addr())
		eventually(t, "the sessions are there again", func() bool {
			_, err := s.Load(t.Context(), ids[0])
			return err == nil
		})
		t.Logf("supplied %v: %d signed out, %d refused", supplied, signedOut, refused)
	}
}

// A shard that is down at the start is checked when it comes back.
func TestAShardThatIsDownAtTheStartIsCheckedLater(t *testing.T) {
	one, two, three := redistest.Start(t), redistest.Start(t), redistest.Start(t)
	open(t, onServer("b", two))
	w := redistest.NewProxy(t, three.Addr())
	down := redistest.Start(t)
	down.Kill()
	w.Lead(down.Addr())
	s := open(t, onServer("a", one), redisstore.Shard{Name: "c", URL: redisstore.NewURL(w.URL())})
	health := func() redisstore.ShardHealth { return s.Health(t.Context()).Shards[1] }
	if h := health(); h.State != redisstore.StateDown {
		t.Errorf("at the start: %+v", h)
	}
	w.Lead(two.Addr())
	if h := health(); h.State != redisstore.StateDown || !strings.Contains(h.Problem, `its server is that of shard "b"`) {
		t.Errorf("on the wrong server: %+v", h)
	}
	w.Lead(three.Addr())
	if h := health(); h.State == redisstore.StateDown {
		t.Errorf("on its server: %+v", h)
	}
	if name := three.Client().HGet(t.Context(), "session:shard", "name").Val(); name != "c" {
		t.Errorf("the server is marked as %q, want c", name)
	}
}

// An empty replica that is not in sync yet has no mark and takes none.
func TestAnEmptyServerThatTakesNoMarkIsNotBelieved(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, onServer("a", server))
	id := create(t, s)
	command(t, server, "replicaof", "127.0.0.1", "1")
	server.Kill()
	server.Restart()
	command(t, server, "replicaof", "127.0.0.1", "1")
	for range 20 {
		if _, err := s.Load(t.Context(), id); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Fatalf("Load: %v, want an error that signs nobody out", err)
		}
	}
}

func TestMarksInACluster(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 0)
	a := redisstore.Shard{Name: "a", Client: cluster.Client()}
	create(t, open(t, a))
	_, err := redisstore.Open(t.Context(), []redisstore.Shard{{Name: "b", Client: cluster.Client()}}, quiet(nil))
	if err == nil || !strings.Contains(err.Error(), `its server is that of shard "a"`) {
		t.Errorf("a Cluster of another shard: %v", err)
	}
	if err := open(t, a).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
