package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// The storage format that doc.go promises to programs in other languages.
func TestStorageFormat(t *testing.T) {
	server := redistest.Start(t)
	c := server.Client()
	ctx := t.Context()
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	id := newID(t, s)
	fields := func(life store.Lifetimes) string {
		hash, err := c.HGetAll(ctx, key(id)).Result()
		if err != nil {
			t.Fatal(err)
		}
		now := c.Time(ctx).Val().UnixMilli()
		var show []string
		for name, value := range hash {
			switch name {
			case "@c", "@login", "@renewed", "@ended":
				value = relative(t, value, now)
			case "@u":
				value = relative(t, value, now+remembered(hash).Milliseconds())
			case "@d":
				value = relative(t, value, now+life.Absolute.Milliseconds())
			}
			show = append(show, name+"="+value)
		}
		if ttl := c.PTTL(ctx, key(id)).Val(); ttl > life.Idle || ttl < life.Idle-5*time.Second {
			t.Errorf("TTL %v, want %v", ttl, life.Idle)
		}
		used, err := strconv.ParseInt(hash["@u"], 10, 64)
		until := used + life.Idle.Milliseconds() - remembered(hash).Milliseconds()
		// A server that is interrupted between the script's look at the clock and PEXPIRE
		// is late by that.
		end := c.PExpireTime(ctx, key(id)).Val().Milliseconds()
		if err != nil || end < until-1 || end > until+100 {
			t.Errorf("the key expires at %v, want %v", end, until)
		}
		slices.Sort(show)
		return strings.Join(show, " ")
	}
	check := func(when string, life store.Lifetimes, want string) {
		t.Helper()
		if got := fields(life); got != want {
			t.Errorf("%s is stored as\n%s\nwant\n%s", when, got, want)
		}
	}

	d := set("cart", `["book"]`)
	if err := s.Create(ctx, id, d); err != nil {
		t.Fatal(err)
	}
	check("a new session", life, fmt.Sprintf(`@c=now @d=now @i=60000 @id=%s%s @s=44 @u=now cart=["book"]`,
		id.Place, id.Fingerprint))
	d.Set["cart"] = `[]`
	for _, nonce := range []string{"n1", "n2", "3", "four", "fifth5", "sixth6", "last"} {
		d.Nonce = nonce
		if err := s.Save(ctx, id, d); err != nil {
			t.Fatal(err)
		}
	}
	check("a saved session", life, fmt.Sprintf("@c=now @d=now @i=60000 "+
		"@id=%s%sfour\n\nfifth5sixth6last\n\n @s=310 @u=now cart=[]", id.Place, id.Fingerprint))
	if err := s.Save(ctx, id, store.Delta{Clear: true}); err != nil {
		t.Fatal(err)
	}

	next := idAt(t, id.Place)
	atDeadline := store.Lifetimes{Idle: 2 * life.Absolute, Absolute: life.Absolute}
	atDeadline.Locks = true
	login := store.Login{User: "ada", External: "idp 1", About: "{}"}
	d = store.Delta{Login: login, Delete: []string{"cart"}, Lifetimes: atDeadline}
	if err := s.Renew(ctx, id, next.Fingerprint, d); err != nil {
		t.Fatal(err)
	}
	check("a renewed session with login", store.Lifetimes{Idle: life.Absolute, Absolute: life.Absolute},
		fmt.Sprintf("@about={} @c=now @d=now @external=idp 1 @i=-7200000 @id=%s%s @login=now "+
			"@s=0 @u=now @user=ada", id.Place, next.Fingerprint))
	last := idAt(t, id.Place)
	d.Login = store.Login{User: "ada"}
	if err := s.Renew(ctx, next, last.Fingerprint, d); err != nil {
		t.Fatal(err)
	}
	next = last
	check("a login without external id and more", store.Lifetimes{Idle: life.Absolute, Absolute: life.Absolute},
		fmt.Sprintf("@c=now @d=now @i=-7200000 @id=%s%s @login=now "+
			"@s=0 @u=now @user=ada", id.Place, next.Fingerprint))
	if _, err := s.Destroy(ctx, next, 0); err != nil {
		t.Fatal(err)
	}
	check("a destroyed session", store.Lifetimes{Idle: store.Memory},
		fmt.Sprintf("@ended=now @id=%s%s @u=now", id.Place, next.Fingerprint))
	if n := c.DBSize(ctx).Val(); n != 3 {
		t.Errorf("%d keys, want the session, the mark of the shard, and the index of a former external id", n)
	}
}

// remembered is by how much @u is later than the last use.
func remembered(hash map[string]string) time.Duration {
	if hash["@ended"] == "" {
		return 0
	}
	return store.Memory
}

// relative returns "now" if the Unix milliseconds are those of now, within 5 seconds.
func relative(t *testing.T, text string, now int64) string {
	t.Helper()
	var ms int64
	if n, err := fmt.Sscanf(text, "%d", &ms); n != 1 || err != nil || fmt.Sprint(ms) != text {
		t.Errorf("%q is no integer", text)
	}
	if ms <= now && ms > now-5000 {
		return "now"
	}
	return text
}

// A reply with another place is an error, never data (CVE-2025-29923), and a
// record that is none is corrupt. A logout ends whatever is there.
func TestWhatIsNoRecordOfTheSessionIsNotBelieved(t *testing.T) {
	ctx := t.Context()
	hset := func(field, value string) func(redis.UniversalClient, string) error {
		return func(c redis.UniversalClient, key string) error { return c.HSet(ctx, key, field, value).Err() }
	}
	hdel := func(field string) func(redis.UniversalClient, string) error {
		return func(c redis.UniversalClient, key string) error { return c.HDel(ctx, key, field).Err() }
	}
	for name, server := range servers(t) {
		t.Run(name, func(t *testing.T) {
			s := open(t, redisstore.Shard{Name: "a", Client: server})
			for _, test := range []struct {
				name  string
				spoil func(c redis.UniversalClient, key string) error
				load  error // nil: an error that is none of those that a store has for what it found
				save  error
			}{
				{"a record with another place", hset("@id", "AAAAAAAAAAAA0123456789abcdef012345"), nil, store.ErrCorrupt},
				{"a record with another place and this fingerprint", func(c redis.UniversalClient, key string) error {
					name := c.HGet(ctx, key, "@id").Val()
					return c.HSet(ctx, key, "@id", "AAAAAAAAAAAA"+name[store.PlaceLen:]).Err()
				}, nil, store.ErrCorrupt},
				{"a record of another fingerprint", func(c redis.UniversalClient, key string) error {
					place := strings.TrimPrefix(key, "session:")
					return c.HSet(ctx, key, "@id", place+"0123456789abcdef012345", "@renewed", "1").Err()
				}, store.ErrNotFound, store.ErrNotFound},
				{"no id", hdel("@id"), store.ErrCorrupt, store.ErrCorrupt},
				{"no time of creation", hdel("@c"), store.ErrCorrupt, nil},
				{"no idle timeout", hdel("@i"), store.ErrCorrupt, store.ErrCorrupt},
				{"no size", hdel("@s"), store.ErrCorrupt, store.ErrCorrupt},
				{"a deadline that is no number", hset("@d", "soon"), store.ErrCorrupt, store.ErrCorrupt},
				{"an end that is no number", hset("@u", "soon"), store.ErrCorrupt, store.ErrCorrupt},
				{"no TTL", func(c redis.UniversalClient, key string) error {
					return c.Persist(ctx, key).Err()
				}, store.ErrCorrupt, store.ErrCorrupt},
				{"a string", func(c redis.UniversalClient, key string) error {
					return c.Set(ctx, key, "x", time.Minute).Err()
				}, store.ErrCorrupt, store.ErrCorrupt},
				{"a list", func(c redis.UniversalClient, key string) error {
					return errors.Join(c.Del(ctx, key).Err(), c.RPush(ctx, key, "x", "y").Err())
				}, store.ErrCorrupt, store.ErrCorrupt},
				{"nothing", func(c redis.UniversalClient, key string) error {
					return c.Del(ctx, key).Err()
				}, store.ErrNotFound, store.ErrNotFound},
			} {
				t.Run(test.name, func(t *testing.T) {
					id := create(t, s)
					if err := test.spoil(server, key(id)); err != nil {
						t.Fatal(err)
					}
					r, err := s.Load(ctx, id)
					gone := (*store.GoneError)(nil)
					switch {
					case test.name == "a record of another fingerprint":
						if !errors.As(err, &gone) || !gone.Renewed || gone.Ago < time.Hour {
							t.Errorf("Load = %+v, %v; want that it was renewed", r, err)
						}
					case r != nil || err == nil || test.load != nil && !errors.Is(err, test.load),
						test.load == nil && (isAnswer(err) || errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "another session")):
						t.Errorf("Load = %+v, %v; want %v", r, err, test.load)
					}
					err = s.Save(ctx, id, set("k", "2"))
					if !errors.Is(err, test.save) && !errors.As(err, &gone) {
						t.Errorf("Save: %v, want %v", err, test.save)
					}
					if test.name == "a record of another fingerprint" {
						return
					}
					if _, err := s.Destroy(ctx, id, 0); err != nil {
						t.Errorf("Destroy: %v", err)
					}
					if _, err := s.Load(ctx, id); !errors.As(err, &gone) || gone.Renewed {
						t.Errorf("Load after Destroy: %v", err)
					}
					if ttl := server.PTTL(ctx, key(id)).Val(); ttl <= 0 || ttl > store.Memory {
						t.Errorf("TTL after Destroy: %v", ttl)
					}
				})
			}
		})
	}
}

// The record is read whichever protocol the client speaks, and wherever the server sends it.
func TestARecordIsReadInEveryFormOfReply(t *testing.T) {
	server, cluster := redistest.Start(t), redistest.StartCluster(t, 3, 0)
	misled := redis.NewClusterClient(&redis.ClusterOptions{
		ContextTimeoutEnabled: true,
		ClusterSlots: func(context.Context) ([]redis.ClusterSlot, error) { // all slots at the first server
			return []redis.ClusterSlot{{Start: 0, End: 16383, Nodes: []redis.ClusterNode{{Addr: cluster.Primaries[0].Addr()}}}}, nil
		},
	})
	defer func() { _ = misled.Close() }()
	for name, client := range map[string]redis.UniversalClient{
		"RESP2":        redis.NewClient(&redis.Options{Addr: server.Addr(), Protocol: 2, ContextTimeoutEnabled: true, MaxRetries: -1}),
		"RESP3":        redis.NewClient(&redis.Options{Addr: server.Addr(), Protocol: 3, ContextTimeoutEnabled: true, MaxRetries: -1}),
		"redirections": misled,
	} {
		defer func() { _ = client.Close() }()
		s := open(t, redisstore.Shard{Name: "a", Client: client})
		for range 20 {
			id := create(t, s)
			d := set("long", `"`+strings.Repeat("é\r\n", 1000)+`"`)
			d.Set["empty"] = ""
			if err := s.Save(t.Context(), id, d); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			d.Set["k"] = `"v"`
			if r, err := s.Load(t.Context(), id); err != nil || !maps.Equal(r.Fields, d.Set) || r.Idle != life.Idle || r.Left > life.Idle || r.Left <= 0 {
				t.Errorf("%s: Load = %+v, %v; want the fields %v", name, r, err, d.Set)
			}
		}
	}
}

// A nonce is recognized where it stands, and not across two others.
func TestNoncesAreComparedAsAWhole(t *testing.T) {
	for name, server := range servers(t) {
		s := open(t, redisstore.Shard{Name: "a", Client: server})
		id := create(t, s)
		for i, test := range []struct {
			nonce    string
			repeated bool
		}{
			{"aaabbb", false}, {"cccaaa", false}, {"bbbccc", false}, {"bbbccc", true}, {"aaabbb", true},
			{"a", false}, {"bbb", false}, {"a", true}, {"b", false}, {"bbbccc", true}, {"aaabbb", false},
		} {
			d := set("n", fmt.Sprint(i))
			d.Nonce = test.nonce
			err := s.Save(t.Context(), id, d)
			r, loadErr := s.Load(t.Context(), id)
			if err != nil || loadErr != nil || (r.Fields["n"] != fmt.Sprint(i)) != test.repeated {
				t.Errorf("%s: save %d, nonce %q: stored %+v, errors %v, %v", name, i, test.nonce, r, err, loadErr)
			}
		}
		if err := s.Save(t.Context(), id, store.Delta{Nonce: "sevench"}); !errors.Is(err, store.ErrNotDone) {
			t.Errorf("a nonce of 7 characters: %v", err)
		}
		for _, d := range []store.Delta{{Set: map[string]string{"@user": "1"}}, {Delete: []string{"k", "@user"}}} {
			if err := s.Save(t.Context(), id, d); !errors.Is(err, store.ErrNotDone) {
				t.Errorf("a reserved name: %v", err)
			}
		}
	}
}

// A user's name outlives the record in programs, and must not keep it in memory.
func TestTheUserSharesNoMemoryWithTheReply(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	id := newID(t, s)
	big := store.Delta{Login: store.Login{User: "ada"}, Set: map[string]string{"k": strings.Repeat("x", 1<<20)}, Lifetimes: life}
	if err := s.Create(t.Context(), id, big); err != nil {
		t.Fatal(err)
	}
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var users [20]string
	for i := range users {
		r, err := s.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		users[i] = r.User
	}
	if after := heap(); after > before+10<<20 {
		t.Errorf("%d users keep %d KB", len(users), (after-before)>>10)
	}
	runtime.KeepAlive(users)
}

// servers returns a client of each kind of server that scripts must run on: miniredis accepts commands that real servers
// lack, and real servers know rules that miniredis does not.
func servers(t *testing.T) map[string]*redis.Client {
	return map[string]*redis.Client{"miniredis": clientOf(t, miniredis.RunT(t).Addr()), "redis-server": redistest.Start(t).Client()}
}

// P13: commands are used again after a load, also after loads that were given up.
// A record stays what it was.
func TestNoRecordReachesAnotherCaller(t *testing.T) {
	proxy := redistest.NewProxy(t, redistest.Start(t).Addr())
	for _, plain := range []bool{false, true} {
		s := openWith(t, redisstore.Options{PlainPool: plain},
			redisstore.Shard{Name: "a", URL: redisstore.NewURL(proxy.URL())})
		proxy.Delay(0)
		var loaded, gaveUp atomic.Int64
		start := make(chan struct{})
		var wg sync.WaitGroup
		for user := range 50 {
			id, secret := newID(t, s), fmt.Sprintf("%q", strings.Repeat(fmt.Sprint(user, " "), 1+20*user))
			d := store.Delta{Set: map[string]string{"secret": secret}, Lifetimes: life}
			if err := s.Create(t.Context(), id, d); err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				<-start
				var kept []*store.Record
				for i := range 40 {
					patience := time.Minute
					if i%2 == 0 {
						patience = rand.N(5 * time.Millisecond)
					}
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					r, err := s.Load(ctx, id)
					cancel()
					switch {
					case err == nil:
						loaded.Add(1)
						kept = append(kept, r)
					case i%2 == 0:
						gaveUp.Add(1)
					default:
						t.Errorf("user %d: %v", user, err)
					}
				}
				for _, r := range kept {
					if r.Fields["secret"] != secret {
						t.Errorf("user %d: %.40q, want %.40q", user, r.Fields["secret"], secret)
					}
				}
			})
		}
		proxy.Delay(20 * time.Millisecond)
		close(start)
		wg.Wait()
		if loaded.Load() < 100 || gaveUp.Load() < 100 {
			t.Errorf("plain %v: %d loaded, %d gave up: too few to show anything", plain, loaded.Load(), gaveUp.Load())
		}
	}
}
