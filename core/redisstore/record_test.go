package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/redistest"
)

// The storage format that doc.go promises to programs in other languages.
func TestStorageFormat(t *testing.T) {
	server := redistest.Start(t)
	c := server.Client()
	ctx := t.Context()
	s := open(t, redisstore.Shard{Name: "a", URL: server.URL()})
	id := newID(t, s)
	d := set("cart", `["book"]`)
	if err := s.Create(ctx, id, "the-nonce", d); err != nil {
		t.Fatal(err)
	}
	fields := func(id core.ID) string {
		hash, err := c.HGetAll(ctx, key(id)).Result()
		if err != nil {
			t.Fatal(err)
		}
		now := c.Time(ctx).Val().UnixMilli()
		var show []string
		for name, value := range hash {
			switch name {
			case "@created", "@login":
				value = relative(t, value, now)
			case "@deadline":
				value = relative(t, value, now+life.Absolute.Milliseconds())
			}
			show = append(show, name+"="+value)
		}
		slices.Sort(show)
		return strings.Join(show, " ")
	}
	want := fmt.Sprintf(`@created=now @deadline=now @id=%s @nonce=the-nonce cart=["book"]`, id.Secret()[:16])
	if got := fields(id); got != want {
		t.Errorf("a new session is stored as\n%s\nwant\n%s", got, want)
	}
	if ttl := c.PTTL(ctx, key(id)).Val(); ttl > life.Idle || ttl < life.Idle-5*time.Second {
		t.Errorf("TTL %v, want %v", ttl, life.Idle)
	}

	next := idAt(t, id.Place())
	d = core.Delta{Login: "ada", Delete: []string{"cart"}, Lifetimes: core.Lifetimes{Idle: life.Absolute, Absolute: life.Absolute}}
	if err := s.Renew(ctx, id, next, d); err != nil {
		t.Fatal(err)
	}
	want = fmt.Sprintf(`@created=now @deadline=now @final=1 @id=%s @login=now @nonce=the-nonce @user=ada`, next.Secret()[:16])
	if got := fields(next); got != want {
		t.Errorf("a renewed session with login is stored as\n%s\nwant\n%s", got, want)
	}
	if got, want := fields(id), "@next="+next.Secret(); got != want {
		t.Errorf("its old id is stored as\n%s\nwant\n%s", got, want)
	}
	if ttl := c.PTTL(ctx, key(id)).Val(); ttl > core.RenewGrace || ttl < core.RenewGrace-5*time.Second {
		t.Errorf("TTL of the mark %v, want %v", ttl, core.RenewGrace)
	}
	if n := c.DBSize(ctx).Val(); n != 3 {
		t.Errorf("%d keys, want the session, the mark of its renewal and that of the shard", n)
	}
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

// A reply that names another session is an error, never data (CVE-2025-29923); a record that is none is corrupt.
func TestWhatIsNoRecordOfTheSessionIsNotBelieved(t *testing.T) {
	for name, server := range servers(t) {
		t.Run(name, func(t *testing.T) {
			s := open(t, redisstore.Shard{Name: "a", Client: server})
			for _, test := range []struct {
				name  string
				spoil func(c redis.UniversalClient, key string) error
				want  error // nil: an error that is none of those that a store has for what it found
			}{
				{"another session's record", func(c redis.UniversalClient, key string) error {
					return c.HSet(t.Context(), key, "@id", "AAAAAAAAAAAAAAAA").Err()
				}, nil},
				{"no name", func(c redis.UniversalClient, key string) error { return c.HDel(t.Context(), key, "@id").Err() }, core.ErrCorrupt},
				{"no time of creation", func(c redis.UniversalClient, key string) error { return c.HDel(t.Context(), key, "@created").Err() }, core.ErrCorrupt},
				{"a deadline that is no number", func(c redis.UniversalClient, key string) error {
					return c.HSet(t.Context(), key, "@deadline", "soon").Err()
				}, core.ErrCorrupt},
				{"no TTL", func(c redis.UniversalClient, key string) error { return c.Persist(t.Context(), key).Err() }, core.ErrCorrupt},
				{"a string", func(c redis.UniversalClient, key string) error {
					return c.Set(t.Context(), key, "x", time.Minute).Err()
				}, core.ErrCorrupt},
				{"nothing", func(c redis.UniversalClient, key string) error { return c.Del(t.Context(), key).Err() }, core.ErrNotFound},
			} {
				id := create(t, s)
				if err := test.spoil(server, key(id)); err != nil {
					t.Fatal(err)
				}
				r, err := s.Load(t.Context(), id)
				known := errors.Is(err, core.ErrNotFound) || errors.Is(err, core.ErrCorrupt) || errors.Is(err, core.ErrGone)
				if r != nil || err == nil || test.want != nil && !errors.Is(err, test.want) || test.want == nil && known {
					t.Errorf("%s: Load = %+v, %v; want %v", test.name, r, err, test.want)
				}
				if err != nil && strings.Contains(err.Error(), id.Secret()) {
					t.Errorf("%s: the error shows the id: %v", test.name, err)
				}
				if err := s.Destroy(t.Context(), id); err != nil {
					t.Errorf("%s: Destroy: %v", test.name, err)
				}
				if n := server.Exists(t.Context(), key(id)).Val(); n != 0 {
					t.Errorf("%s: still there after Destroy", test.name)
				}
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
			if r, err := s.Load(t.Context(), id); err != nil || !maps.Equal(r.Fields, d.Set) || r.Idle > life.Idle || r.Idle <= 0 {
				t.Errorf("%s: Load = %+v, %v; want the fields %v", name, r, err, d.Set)
			}
		}
	}
}

// An absolute deadline that has passed ends a session even if somebody took its TTL away.
func TestAPersistedSessionIsNotSavedPastItsDeadline(t *testing.T) {
	for name, server := range servers(t) {
		t.Run(name, func(t *testing.T) {
			s := open(t, redisstore.Shard{Name: "a", Client: server})
			id := create(t, s)
			server.Persist(t.Context(), key(id))
			server.HSet(t.Context(), key(id), "@deadline", server.Time(t.Context()).Val().UnixMilli()-1)
			if err := s.Save(t.Context(), id, set("k", "2")); !errors.Is(err, core.ErrGone) {
				t.Errorf("Save: %v, want ErrGone", err)
			}
			if err := s.Renew(t.Context(), id, idAt(t, id.Place()), set("k", "2")); !errors.Is(err, core.ErrGone) {
				t.Errorf("Renew: %v, want ErrGone", err)
			}
		})
	}
}

// servers returns a client of each kind of server that scripts must run on: miniredis accepts commands that real servers
// lack, and real servers know rules that miniredis does not.
func servers(t *testing.T) map[string]*redis.Client {
	mini := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr(), ContextTimeoutEnabled: true, MaxRetries: -1})
	t.Cleanup(func() { _ = mini.Close() })
	return map[string]*redis.Client{"miniredis": mini, "redis-server": redistest.Start(t).Client()}
}
