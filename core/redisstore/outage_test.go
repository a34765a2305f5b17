package redisstore_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// An operation changes the session id, which exists before it unless it is a
// create.
type operation struct {
	name string
	run  func(s store.Store, id, next store.ID) error
	// after is what look finds after it. Before it finds `"old"1`, or "-".
	after string
}

func (op operation) creates() bool { return op.name == "create" || op.name == "login" }

func operations(t *testing.T) []operation {
	ctx := t.Context()
	d := store.Delta{
		Clear: true, Delete: []string{"x"}, Set: map[string]string{"k": `"new"`}, Lifetimes: life, Nonce: "nonce",
		Limits: store.Limits{Bytes: 1000, Fields: 100},
	}
	login := d
	login.Login.User = "ada"
	return []operation{
		{"login", func(s store.Store, id, _ store.ID) error { return s.Create(ctx, id, login) }, `"new"ada+`},
		{"create", func(s store.Store, id, _ store.ID) error { return s.Create(ctx, id, d) }, `"new"+`},
		{"save", func(s store.Store, id, _ store.ID) error { return s.Save(ctx, id, d) }, `"new"+`},
		{"renew", func(s store.Store, id, next store.ID) error {
			return s.Renew(ctx, id, next.Fingerprint, login)
		}, `"new"ada+ next`},
		{"refresh", func(s store.Store, id, _ store.ID) error { return s.Refresh(ctx, id) }, `"old"1+`},
		{"destroy", func(s store.Store, id, _ store.ID) error { return destroy(ctx, s, id) }, "ended"},
	}
}

// cutLine is a store behind a proxy, with a client that looks at the server directly.
type cutLine struct {
	*redisstore.Store
	wire   *redistest.Proxy
	server *redis.Client
	tag    string // of the shard
}

func newCutLine(t *testing.T) *cutLine {
	server := redistest.Start(t)
	w := redistest.NewProxy(t, server.Addr())
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(w.URL() + "?pool_size=1")})
	return &cutLine{s, w, server.Client(), newID(t, s).Place[:4]}
}

// session makes the connections whole and a session for the operation.
func (l *cutLine) session(t *testing.T, op operation) (id, next store.ID) {
	t.Helper()
	l.wire.CutAfter(-1)
	// The first use of a connection that was cut may fail. A call that works also
	// keeps the breaker closed. Without NewPlace, which after a failure writes in the
	// background: what is cut is the operation's.
	id = idAt(t, l.tag+rand.Text()[:8])
	for i := 0; !errors.Is(l.Refresh(t.Context(), id), store.ErrNotFound); i++ {
		if i == 3 {
			t.Fatal("no connection after 3 tries")
		}
	}
	if !op.creates() {
		if err := l.server.Eval(t.Context(), seed, []string{key(id)}, id.Place+id.Fingerprint).Err(); err != nil {
			t.Fatal(err)
		}
	}
	return id, idAt(t, id.Place)
}

// seed stores a session without the store, so that its connection is not used.
const seed = `
local now = redis.call('TIME')[1] * 1000
redis.call('HSET', KEYS[1], '@id', ARGV[1], '@u', now - 30000, '@d', now + 3600000, '@i', 60000,
	'@s', 9, '@c', now, 'k', '"old"', 'x', '1')
redis.call('PEXPIREAT', KEYS[1], now + 30000)
return 1`

// H3: cut the connection after every byte of the command stream. Whatever was cut,
// every key has a TTL and all reserved fields, and is as before the operation or
// as after it, nothing between.
func TestACutConnectionLeavesNoHalfSession(t *testing.T) {
	l := newCutLine(t)
	for _, op := range operations(t) {
		t.Run(op.name, func(t *testing.T) {
			id, next := l.session(t, op)
			if err := op.run(l, id, next); err != nil { // loads the script
				t.Fatal(err)
			}
			step := 1
			if testing.Short() {
				step = 17
			}
			cuts, before, after := 0, 0, 0
			for bytes := 0; ; bytes += step {
				id, next := l.session(t, op)
				l.wire.CutAfter(bytes)
				err := op.run(l, id, next)
				if !l.wire.HasCut() {
					if got := l.look(t, id, next); err != nil || got != op.after {
						t.Fatalf("a whole command: stored %q, error %v", got, err)
					}
					break
				}
				cuts++
				if err == nil || errors.Is(err, store.ErrNotDone) {
					t.Errorf("cut after %d bytes: error %v", bytes, err)
				}
				switch got := l.look(t, id, next); {
				case got == op.after:
					after++
				case got == `"old"1`, op.creates() && got == "-":
					before++
				default:
					t.Errorf("cut after %d bytes: stored %q", bytes, got)
				}
			}
			if cuts < 100/step || before == 0 {
				t.Errorf("%d cuts: %d times as before the operation, %d as after it", cuts, before, after)
			}
			l.server.FlushDB(t.Context())
		})
	}
}

// look returns what is stored in a word, and fails the test if it is not whole.
func (l *cutLine) look(t *testing.T, id, next store.ID) string {
	t.Helper()
	hash := l.server.HGetAll(t.Context(), key(id)).Val()
	ttl := l.server.PTTL(t.Context(), key(id)).Val()
	if len(hash) == 0 {
		return "-"
	}
	if ttl <= 0 {
		t.Errorf("an immortal key: TTL %v of %v", ttl, hash)
	}
	reserved := []string{"@id", "@u", "@d", "@i", "@s", "@c"}
	if hash["@ended"] != "" {
		reserved = []string{"@id", "@u", "@ended"}
	}
	for _, field := range reserved {
		if hash[field] == "" {
			t.Errorf("field %s is missing: %v", field, hash)
		}
	}
	entry := l.server.ZScore(t.Context(), indexKey("user", hash["@user"]), id.Place)
	if got := strconv.FormatFloat(entry.Val(), 'f', -1, 64); hash["@user"] != "" && got != hash["@d"] {
		t.Errorf("a session until %s has an entry until %s: %v", hash["@d"], got, entry.Err())
	}
	word := hash["k"] + hash["x"] + hash["@user"]
	switch {
	case hash["@ended"] != "" && len(hash) == 3:
		return "ended"
	case ttl > 45*time.Second:
		word += "+"
	}
	name := hash["@id"]
	switch name[:min(len(name), 34)] { // nonces follow
	case id.Place + id.Fingerprint:
	case next.Place + next.Fingerprint:
		word += " next"
	default:
		t.Errorf("the record under %v calls itself %q", id, hash["@id"])
	}
	return word
}

// H19: the reply is lost after the server applied the script. Others save, and the
// operation is repeated: it changes nothing and meets no conflict of its own
// making.
func TestALostReplyHasNoDoubleEffect(t *testing.T) {
	l := newCutLine(t)
	for _, op := range operations(t) {
		t.Run(op.name, func(t *testing.T) {
			id, next := l.session(t, op)
			if err := op.run(l, id, next); err != nil {
				t.Fatal(err)
			}
			id, next = l.session(t, op)
			l.wire.LoseReplies(-1)
			if err := op.run(l, id, next); err == nil || errors.Is(err, store.ErrNotDone) || !l.wire.HasCut() {
				t.Fatalf("lost reply: error %v, cut %v", err, l.wire.HasCut())
			}
			if got := l.look(t, id, next); got != op.after {
				t.Fatalf("after the lost reply: %q, want %q", got, op.after)
			}
			l.session(t, op)
			now := id
			if op.name == "renew" {
				now = next
			}
			for i := range store.Nonces - 1 {
				d := set("k", fmt.Sprintf(`"by %d"`, i))
				d.Nonce = fmt.Sprint("rival", i)
				if err := l.Save(t.Context(), now, d); err != nil && op.name != "destroy" {
					t.Fatal(err)
				}
			}
			before := l.server.HGetAll(t.Context(), key(id)).Val()
			if err := op.run(l, id, next); err != nil {
				t.Errorf("repeated: %v", err)
			}
			after := l.server.HGetAll(t.Context(), key(id)).Val()
			if op.name == "refresh" { // each is one
				delete(before, "@u")
				delete(after, "@u")
			}
			if !maps.Equal(after, before) {
				t.Errorf("repeated: stored %v, want %v", after, before)
			}
		})
	}
}

// A server that forgot the scripts, after a restart or SCRIPT FLUSH, is told them again.
func TestAServerThatForgotTheScripts(t *testing.T) {
	for name, server := range servers(t) {
		s := open(t, redisstore.Shard{Name: "a", Client: server})
		for _, op := range operations(t) {
			id, next := newID(t, s), store.ID{}
			if !op.creates() {
				id = create(t, s)
			}
			next = idAt(t, id.Place)
			if err := server.ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			if err := op.run(s, id, next); err != nil {
				t.Errorf("%s on %s without scripts: %v", op.name, name, err)
			}
		}
	}
}

// H21: with its memory full and noeviction, a server refuses creates, saves and
// renewals as a whole. Reads, refreshes and logouts work, also of what is not
// there.
func TestAServerOutOfMemory(t *testing.T) {
	for _, setting := range []string{"maxmemory", "min-replicas-to-write"} {
		server := redistest.Start(t, "--maxmemory-policy", "noeviction")
		s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
		id, other, never := create(t, s), create(t, s), newID(t, s)
		if err := server.Client().ConfigSet(t.Context(), setting, "1").Err(); err != nil {
			t.Fatal(err)
		}
		code := map[string]string{"maxmemory": "OOM", "min-replicas-to-write": "NOREPLICAS"}[setting]
		before := server.Client().HGetAll(t.Context(), key(id)).Val()
		ops := operations(t)
		plain := func(s store.Store, id, _ store.ID) error {
			return s.Save(t.Context(), id, store.Delta{Delete: []string{"k"}})
		}
		ops = append(ops[:4], operation{"save without a nonce", plain, ""})
		for _, op := range ops {
			target := id
			if op.creates() {
				target = newID(t, s)
			}
			err := op.run(s, target, idAt(t, id.Place))
			if !errors.Is(err, store.ErrNotDone) || err.Error() != `shard "a": not done: the server replied `+code {
				t.Errorf("%s without memory: %v", op.name, err)
			}
		}
		if after := server.Client().HGetAll(t.Context(), key(id)).Val(); !maps.Equal(before, after) {
			t.Errorf("refused changes changed the session from %v to %v", before, after)
		}
		if n := server.Client().DBSize(t.Context()).Val(); n != 3 {
			t.Errorf("%d keys, want the mark and the 2 from before", n)
		}
		if _, err := s.Load(t.Context(), id); err != nil {
			t.Errorf("Load without memory: %v", err)
		}
		if setting != "maxmemory" {
			continue
		}
		err := errors.Join(s.Refresh(t.Context(), id), destroy(t.Context(), s, other), destroy(t.Context(), s, never))
		if err != nil {
			t.Errorf("Refresh and Destroy without memory: %v", err)
		}
		server.Client().ConfigSet(t.Context(), "maxmemory", "0")
		for _, ended := range []store.ID{other, never} {
			if err := s.Create(t.Context(), ended, set("k", "1")); !errors.Is(err, store.ErrExists) {
				t.Errorf("a create after a Destroy without memory: %v", err)
			}
		}
	}
}

// P6, R30: a shard that hangs, resets or is gone gives an error that names it, within its timeout; the others do not notice.
func TestADeadShardHurtsOnlyItsOwnSessions(t *testing.T) {
	a, b := redistest.Start(t), redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(a.URL() + "?read_timeout=200ms")}, redisstore.Shard{Name: "b", URL: redisstore.NewURL(b.URL())})
	ids := map[string]store.ID{}
	for len(ids) < 2 {
		id := create(t, s)
		owner, _ := s.Owner(id.Place)
		ids[owner] = id
	}
	for _, fault := range []struct {
		name        string
		begin, heal func()
	}{{"paused", a.Pause, a.Resume}, {"killed", a.Kill, a.Restart}} {
		fault.begin()
		for _, op := range operations(t)[2:] {
			err := op.run(s, ids["a"], idAt(t, ids["a"].Place))
			if err == nil || isAnswer(err) || !strings.Contains(err.Error(), `shard "a"`) {
				t.Errorf("%s: %s: %v; want an error that names the shard", fault.name, op.name, err)
			}
		}
		if r, err := s.Load(t.Context(), ids["a"]); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: Load = %+v, %v", fault.name, r, err)
		}
		if r, err := s.Load(t.Context(), ids["b"]); err != nil || fmt.Sprint(r.Fields) != `map[k:"v"]` {
			t.Errorf("%s: Load from the other shard = %+v, %v", fault.name, r, err)
		}
		fault.heal()
		eventually(t, "the shard is called again", func() bool {
			err := s.Refresh(t.Context(), ids["a"])
			return err == nil || isAnswer(err)
		})
	}
	if _, err := s.Load(t.Context(), ids["a"]); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Load from a shard that lost its memory: %v, want ErrNotFound", err)
	}
}

func isAnswer(err error) bool {
	gone := (*store.GoneError)(nil)
	return errors.Is(err, store.ErrNotFound) || errors.As(err, &gone)
}

// H14, for the race detector: callers give up while the connection that has their calls
// goes on, and its replies come later.
func TestCallersThatGaveUpLeaveTheOthersAlone(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	ids := []store.ID{create(t, s), create(t, s), create(t, s), create(t, s)}
	other := logins(t, s, "ada", 1)[0]
	for range 5 {
		server.Pause()
		save := func(i int, patience time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_ = s.Save(ctx, ids[i], set("k", "1"))
		}
		var wg sync.WaitGroup
		// The first goes alone. When it gives up, the others go together; one of them
		// has the patience to wait for the replies.
		wg.Go(func() { save(0, 60*time.Millisecond) })
		for i := range ids {
			wg.Go(func() { save(i, 120*time.Millisecond) })
		}
		wg.Go(func() { save(1, 5*time.Second) })
		for range 3 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 120*time.Millisecond)
				defer cancel()
				_, _ = s.List(ctx, ada, store.Query{})
				_, _ = s.End(ctx, ada, store.Ending{Except: other.Place})
			})
		}
		timer := time.AfterFunc(180*time.Millisecond, server.Resume)
		wg.Wait()
		if timer.Stop() {
			server.Resume()
		}
		eventually(t, "the shard is called again", func() bool {
			_, err := s.Load(t.Context(), ids[0])
			return err == nil
		})
	}
}

func destroy(ctx context.Context, s store.Store, id store.ID) error {
	_, err := s.Destroy(ctx, id, 0)
	return err
}
