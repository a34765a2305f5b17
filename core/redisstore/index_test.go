package redisstore_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

var ada = store.Owner{User: "ada"}

// indexKey is where the default prefix puts an index.
func indexKey(kind, name string) string {
	sum := sha256.Sum256([]byte(name))
	return "session:" + kind + ":" + base64.RawURLEncoding.EncodeToString(sum[:])[:store.FingerprintLen]
}

// login returns a change that logs the user in.
func login(user string) store.Delta {
	return store.Delta{Login: store.Login{User: user}, Set: map[string]string{"k": `"v"`}, Lifetimes: life}
}

// logins creates n sessions of the user.
func logins(t testing.TB, s *redisstore.Store, user string, n int) []store.ID {
	t.Helper()
	ids := make([]store.ID, n)
	var wg sync.WaitGroup
	for part := range slices.Chunk(ids, max(1, n/50)) {
		wg.Go(func() {
			for i := range part {
				place, err := s.NewPlace(t.Context())
				if err == nil {
					part[i] = mustID(place)
					err = s.Create(t.Context(), part[i], login(user))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return ids
}

// listAll returns how often each place is in the list.
func listAll(t testing.TB, s store.UserIndex, of store.Owner, limit int) (times map[string]int, pages int) {
	t.Helper()
	times = make(map[string]int)
	for q := (store.Query{Limit: limit}); ; pages++ {
		page, err := s.List(t.Context(), of, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range page.Sessions {
			times[l.Place]++
		}
		if q.After = page.Next; q.After == "" {
			return times, pages + 1
		}
	}
}

// The format of the indexes that docs/storage-format.md promises. The key goes with
// its last entry, and entries past their deadline go with the next login.
func TestTheFormatOfTheIndexes(t *testing.T) {
	server := redistest.Start(t)
	c, ctx := server.Client(), t.Context()
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	short := login("ada")
	short.Absolute = 10 * time.Minute
	short.Login.External = "sid"
	first, second := newID(t, s), newID(t, s)
	if err := errors.Join(s.Create(ctx, first, short), s.Create(ctx, second, login("ada"))); err != nil {
		t.Fatal(err)
	}
	check := func(when, key string, until time.Duration, want ...store.ID) {
		t.Helper()
		entries := c.ZRangeWithScores(ctx, key, 0, -1).Val()
		var places []string
		for _, e := range entries {
			place := e.Member.(string)
			places = append(places, place)
			if d := c.HGet(ctx, "session:"+place, "@d").Val(); d != "" && d != fmt.Sprintf("%.0f", e.Score) {
				t.Errorf("%s: the entry of %s is until %.0f, its deadline is %s", when, place, e.Score, d)
			}
		}
		var wants []string
		for _, id := range want {
			wants = append(wants, id.Place)
		}
		if !slices.Equal(places, wants) {
			t.Errorf("%s: %s has %v, want %v", when, key, places, wants)
		}
		if ttl := c.PTTL(ctx, key).Val(); until > 0 && (ttl > until || ttl < until-10*time.Second) {
			t.Errorf("%s: %s lives %v, want %v", when, key, ttl, until)
		}
	}
	user, external := indexKey("user", "ada"), indexKey("external", "sid")
	check("two logins", user, life.Absolute, first, second)
	check("two logins", external, 10*time.Minute, first)
	server.Advance(t, 11*time.Minute)
	check("after the first deadline", external, 0)
	third := newID(t, s)
	if err := s.Create(ctx, third, login("ada")); err != nil {
		t.Fatal(err)
	}
	check("a login after the first deadline", user, life.Absolute, second, third)
	next := idAt(t, third.Place)
	sooner := login("ada")
	sooner.Absolute = 20 * time.Minute
	if err := s.Renew(ctx, third, next.Fingerprint, sooner); err != nil {
		t.Fatal(err)
	}
	check("a login with a sooner deadline", user, life.Absolute, third, second)
	if _, err := s.Destroy(ctx, next, 0); err != nil {
		t.Fatal(err)
	}
	check("a logout", user, life.Absolute, second)
	server.Advance(t, life.Absolute)
	if n := c.DBSize(ctx).Val(); n != 1 {
		t.Errorf("%d keys after the last deadline, want the mark of the shard", n)
	}
}

// mixedShards are of each kind: a server, a Sentinel pair and a Cluster. The
// functions are for all servers.
func mixedShards(t *testing.T) (shards []redisstore.Shard, advance func(time.Duration), keys func() []string) {
	server, sentinel, cluster := redistest.Start(t), redistest.StartSentinel(t), redistest.StartCluster(t, 3, 0)
	all := append([]*redistest.Server{server, sentinel.Primary}, cluster.Primaries...)
	shards = []redisstore.Shard{
		onServer("server", server),
		{Name: "pair", Client: sentinel.Client()}, {Name: "cluster", Client: cluster.Client()},
	}
	advance = func(d time.Duration) {
		for _, s := range all {
			s.Advance(t, d)
		}
	}
	keys = func() (keys []string) {
		for _, s := range all {
			for _, key := range s.Client().Keys(t.Context(), "*").Val() {
				if key != "session:shard" {
					keys = append(keys, key)
				}
			}
		}
		return keys
	}
	return shards, advance, keys
}

// R40: sessions on shards of all kinds are listed by pages and end, and nothing is
// left of them.
func TestTheSessionsOfAUserOnMixedShards(t *testing.T) {
	shards, advance, keys := mixedShards(t)
	s := open(t, shards...)
	ids := logins(t, s, "ada", 90)
	others := logins(t, s, "bob", 5)
	on := make(map[string]int)
	page, err := s.List(t.Context(), ada, store.Query{})
	for _, l := range page.Sessions {
		on[l.Shard]++
		if owner, _ := s.Owner(l.Place); owner != l.Shard {
			t.Errorf("%s is said to be on shard %q, and is on %q", l.Place, l.Shard, owner)
		}
	}
	if err != nil || len(on) != 3 || len(page.Sessions) != len(ids) || page.Next != "" {
		t.Fatalf("listed %v, error %v, next %q", on, err, page.Next)
	}
	for _, limit := range []int{1, 7, 89, 90, 91} {
		times, pages := listAll(t, s, ada, limit)
		if len(times) != len(ids) || slices.Max(slices.Collect(maps.Values(times))) > 1 || pages > 2+90/limit {
			t.Errorf("by pages of %d: %d sessions on %d pages, want %d", limit, len(times), pages, len(ids))
		}
	}
	if n, err := s.End(t.Context(), ada, store.Ending{Except: ids[0].Place}); n != len(ids)-1 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
	for i, id := range slices.Concat(ids, others) {
		_, err := s.Load(t.Context(), id)
		if gone := (*store.GoneError)(nil); errors.As(err, &gone) != (0 < i && i < len(ids)) || err != nil && gone == nil {
			t.Errorf("session %d after the end: %v", i, err)
		}
	}
	if n, err := s.End(t.Context(), ada, store.Ending{}); n != 1 || err != nil {
		t.Errorf("ended the last: %d, %v", n, err)
	}
	for _, key := range keys() {
		if key == indexKey("user", "ada") {
			t.Error("the index of a user without sessions is there")
		}
	}
	advance(life.Absolute + 10*time.Second)
	if left := keys(); len(left) > 0 {
		t.Errorf("after the last deadline there are %q", left)
	}
}

// Many sessions end in the same millisecond: no page leaves one out, however small.
func TestPagesOfSessionsWithTheSameDeadline(t *testing.T) {
	a, b := redistest.Start(t), redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(a.URL())}, redisstore.Shard{Name: "b", URL: redisstore.NewURL(b.URL())})
	ids := logins(t, s, "ada", 120)
	for i, id := range ids {
		for _, server := range []*redistest.Server{a, b} {
			server.Client().ZAddXX(t.Context(), indexKey("user", "ada"), redis.Z{Score: float64(4e12 + i/50), Member: id.Place})
		}
	}
	for _, limit := range []int{1, 3, 49, 50, 51, 119} {
		times, _ := listAll(t, s, ada, limit)
		if len(times) != len(ids) || slices.Max(slices.Collect(maps.Values(times))) > 1 {
			t.Errorf("pages of %d have %d sessions, want %d", limit, len(times), len(ids))
		}
	}
	if n, err := s.End(t.Context(), ada, store.Ending{}); n != len(ids) || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
	if _, err := s.List(t.Context(), ada, store.Query{After: "yesterday"}); !errors.Is(err, store.ErrNotDone) {
		t.Errorf("a page after what is no page: %v", err)
	}
}

// In a Cluster the entry of a login comes first. If it is refused, there is no
// session; if the session is, the entry is harmless.
func TestInAClusterTheEntryComesBeforeTheSession(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 0)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), ContextTimeoutEnabled: true, MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	var refused atomic.Pointer[string] // what the keys of refused commands begin with
	refuse := func(_ context.Context, cmds []redis.Cmder, next func() error) error {
		begin := refused.Load()
		if slices.ContainsFunc(cmds, func(cmd redis.Cmder) bool { return refuses(begin, cmd) }) {
			err := errors.New("refused by the test")
			cmds[0].SetErr(err)
			return err
		}
		return next()
	}
	client.OnNewNode(func(c *redis.Client) { c.AddHook(redistest.Hook(refuse)) })
	s := open(t, redisstore.Shard{Name: "a", Client: client})
	logins(t, s, "ada", 20) // the servers know the scripts
	id, guest := newID(t, s), create(t, s)
	next := idAt(t, guest.Place)
	for _, begin := range []string{"session:user:", "session:" + id.Place} {
		refused.Store(&begin)
		if err := s.Create(t.Context(), id, login("bob")); err == nil {
			t.Errorf("%s refused: the login works", begin)
		}
	}
	begin := "session:user:"
	refused.Store(&begin)
	if err := s.Renew(t.Context(), guest, next.Fingerprint, login("bob")); err == nil {
		t.Error("the login of a guest works")
	}
	if _, err := s.Load(t.Context(), guest); err != nil {
		t.Errorf("the guest: %v", err)
	}
	refused.Store(nil)
	if _, err := s.Load(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a session that was refused: %v", err)
	}
	if n := cluster.Client().ZCard(t.Context(), indexKey("user", "bob")).Val(); n != 1 {
		t.Errorf("%d entries, want that of the refused session", n)
	}
	if times, _ := listAll(t, s, store.Owner{User: "bob"}, 0); len(times) != 0 {
		t.Errorf("listed %v", times)
	}
	if n, err := s.End(t.Context(), store.Owner{User: "bob"}, store.Ending{}); n != 0 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
}

// In a Cluster the entries of sessions that have idled out stay until their
// deadline. They are on no list and take no place, and the next login drops them.
func TestInAClusterEntriesOfIdleSessionsStayUntilTheirDeadline(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 0)
	s := open(t, redisstore.Shard{Name: "a", Client: cluster.Client()})
	entries := func() int64 { return cluster.Client().ZCard(t.Context(), indexKey("user", "ada")).Val() }
	advance := func(d time.Duration) {
		for _, server := range cluster.Primaries {
			server.Advance(t, d)
		}
	}
	logins(t, s, "ada", 20)
	advance(life.Idle + time.Second)
	times, _ := listAll(t, s, ada, 7)
	if n, err := s.End(t.Context(), ada, store.Ending{}); len(times) != 0 || n != 0 || err != nil || entries() != 20 {
		t.Errorf("idled out: listed %d, ended %d, %v, %d entries; want 20 entries and nothing else", len(times), n, err, entries())
	}
	last := logins(t, s, "ada", 1)
	if times, _ = listAll(t, s, ada, 7); len(times) != 1 || times[last[0].Place] != 1 {
		t.Errorf("after another login: listed %v", times)
	}
	advance(life.Absolute - life.Idle + 5*time.Second) // and by how much an entry outlives its session
	logins(t, s, "ada", 1)
	if n := entries(); n != 2 {
		t.Errorf("%d entries after the deadline of 20 logins, want those of the two others", n)
	}
}

// refuses reports whether the command is about a key that begins so.
func refuses(begin *string, cmd redis.Cmder) bool {
	args := cmd.Args()
	if begin == nil || len(args) < 4 {
		return false
	}
	key, ok := args[3].(string)
	if p, isPointer := args[3].(*string); isPointer {
		key, ok = *p, true
	}
	return ok && strings.HasPrefix(key, *begin)
}

// P7: what happens to the list of shards meanwhile hides no session and stops no end.
func TestListAndEndWhileShardsChange(t *testing.T) {
	a, b, c := redistest.Start(t), redistest.Start(t), redistest.Start(t)
	shard := func(name string, server *redistest.Server) redisstore.Shard {
		return redisstore.Shard{Name: name, URL: redisstore.NewURL(server.URL())}
	}
	s := open(t, shard("a", a), shard("b", b))
	ids := logins(t, s, "ada", 60)
	stop := make(chan struct{})
	var changes sync.WaitGroup
	changes.Go(func() {
		for i := 0; ; i++ {
			list := []redisstore.Shard{shard("a", a), shard("b", b)}
			list[1].Drain = i%2 == 0
			list[0].Weight = 1 + i%3
			if i%3 > 0 {
				list = append(list, shard("c", c))
			}
			if i%4 == 1 {
				list[0].URL = redisstore.NewURL(a.UnixURL()) // another address of the same server
				list[0].StartEmpty = false
			}
			select {
			case <-stop:
				return
			default:
				_ = s.SetShards(t.Context(), list)
			}
		}
	})
	for range 40 {
		times, _ := listAll(t, s, ada, 25)
		for _, id := range ids {
			if times[id.Place] != 1 {
				t.Errorf("session %s is listed %d times", id.Place, times[id.Place])
			}
		}
		last := ids[len(ids)-1]
		if n, err := s.End(t.Context(), ada, store.Ending{Only: last.Place}); n != 1 || err != nil {
			t.Errorf("ended %d, %v", n, err)
		}
		ids = ids[:len(ids)-1]
	}
	n, err := s.End(t.Context(), ada, store.Ending{})
	if n != len(ids) || err != nil {
		t.Errorf("ended all: %d, %v, want %d", n, err, len(ids))
	}
	close(stop)
	changes.Wait()
	if err := s.SetShards(t.Context(), []redisstore.Shard{{Name: "a", Retired: true}, shard("b", b)}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.End(t.Context(), ada, store.Ending{Only: ids[0].Place}); n != 0 || err != nil {
		t.Errorf("ended on a retired shard: %d, %v", n, err)
	}
}

// R40: a shard that hangs until the time is over takes none of the others' sessions
// off the list.
func TestAListLacksOnlyWhatDoesNotAnswer(t *testing.T) {
	a, b := redistest.Start(t), redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(a.URL())}, redisstore.Shard{Name: "b", URL: redisstore.NewURL(b.URL())})
	_, onB := onShard(s, "a", logins(t, s, "ada", 20))
	a.Pause()
	for range 5 { // with its breaker closed, open and half open
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		page, err := s.List(ctx, ada, store.Query{})
		cancel()
		partial := (*store.PartialError)(nil)
		if !errors.As(err, &partial) || fmt.Sprint(partial.Shards) != "[a]" || len(page.Sessions) != len(onB) {
			t.Errorf("listed %d of %d, %v", len(page.Sessions), len(onB), err)
		}
	}
}
