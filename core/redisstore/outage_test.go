package redisstore_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/redistest"
)

// An operation changes the session id, which exists before it unless it is a create.
type operation struct {
	name string
	run  func(s core.Store, id, next core.ID) error
	// survivors are the ids that have a session afterwards: "id", "next" or none.
	survivor string
}

func operations(t *testing.T) []operation {
	ctx := t.Context()
	d := core.Delta{Clear: true, Delete: []string{"x"}, Set: map[string]string{"k": `"new"`}, Lifetimes: life}
	login := d
	login.Login = "ada"
	return []operation{
		{"create", func(s core.Store, id, _ core.ID) error { return s.Create(ctx, id, "nonce", d) }, "id"},
		{"save", func(s core.Store, id, _ core.ID) error { return s.Save(ctx, id, d) }, "id"},
		{"renew", func(s core.Store, id, next core.ID) error { return s.Renew(ctx, id, next, login) }, "next"},
		{"refresh", func(s core.Store, id, _ core.ID) error { return s.Refresh(ctx, id, life) }, "id"},
		{"destroy", func(s core.Store, id, _ core.ID) error { return s.Destroy(ctx, id) }, ""},
	}
}

// cutLine is a store behind a wire, with a client that looks at the server directly.
type cutLine struct {
	*redisstore.Store
	wire   *wire
	server *redis.Client
	tag    string // of the shard
}

func newCutLine(t *testing.T) *cutLine {
	server := redistest.Start(t)
	w := newWire(t, server.Addr())
	s := open(t, redisstore.Shard{Name: "a", URL: w.url() + "?pool_size=1"})
	return &cutLine{s, w, server.Client(), newID(t, s).Place()[:4]}
}

// session makes the wire whole and a session for the operation.
func (l *cutLine) session(t *testing.T, op operation) (id, next core.ID) {
	t.Helper()
	l.wire.cutAfter(-1)
	// The first use of a connection that was cut may fail. A call that works also keeps the breaker closed.
	// Without NewPlace, which after a failure writes in the background: what is cut is the operation's.
	id = idAt(t, l.tag+rand.Text()[:8])
	for i := 0; l.Refresh(t.Context(), id, life) != nil; i++ {
		if i == 3 {
			t.Fatal("no connection after 3 tries")
		}
	}
	if op.name != "create" {
		if err := l.server.Eval(t.Context(), seed, []string{key(id)}, id.Secret()[:16]).Err(); err != nil {
			t.Fatal(err)
		}
	}
	return id, idAt(t, id.Place())
}

// seed stores a session without the store, so that its connection is not used.
const seed = `
local now = redis.call('TIME')[1] * 1000
redis.call('HSET', KEYS[1], '@id', ARGV[1], '@nonce', 'n', '@created', now, '@deadline', string.format('%.0f', now + 3600000),
	'k', '"old"', 'x', '1')
redis.call('PEXPIRE', KEYS[1], 30000)
return 1`

// H3: cut the connection after every byte of the command stream. Whatever was cut, every session has a TTL and all reserved
// fields, and it is as before the operation or as after it, nothing between.
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
				l.wire.cutAfter(bytes)
				err := op.run(l, id, next)
				if !l.wire.hasCut() {
					if err != nil {
						t.Fatalf("a whole command: %v", err)
					}
					break
				}
				cuts++
				if err == nil {
					t.Errorf("cut after %d bytes: no error", bytes)
				}
				switch got := l.look(t, id) + l.look(t, next); got {
				case l.expected(op, false):
					before++
				case l.expected(op, true):
					after++
				default:
					t.Errorf("cut after %d bytes: stored %q", bytes, got)
				}
			}
			if cuts < 100/step || before == 0 {
				t.Errorf("%d cuts: %d times as before the operation, %d as after it", cuts, before, after)
			}
			if keys := l.server.DBSize(t.Context()).Val(); keys == 0 && op.survivor != "" {
				t.Error("nothing is stored")
			}
			l.server.FlushDB(t.Context())
		})
	}
}

// look returns what is stored under the id in a word, and fails the test if it is not whole.
func (l *cutLine) look(t *testing.T, id core.ID) string {
	t.Helper()
	hash := l.server.HGetAll(t.Context(), key(id)).Val()
	ttl := l.server.PTTL(t.Context(), key(id)).Val()
	switch {
	case len(hash) == 0:
		return "- "
	case ttl <= 0:
		t.Errorf("an immortal key: TTL %v of %v", ttl, hash)
	case hash["@next"] != "":
		if len(hash) != 1 || ttl > core.RenewGrace {
			t.Errorf("a mark with TTL %v: %v", ttl, hash)
		}
		return "mark "
	}
	for _, field := range []string{"@id", "@nonce", "@created", "@deadline"} {
		if hash[field] == "" {
			t.Errorf("field %s is missing: %v", field, hash)
		}
	}
	if hash["@id"] != id.Secret()[:16] {
		t.Errorf("the record under %v calls itself %q", id, hash["@id"])
	}
	long := ""
	if ttl > 45*time.Second {
		long = "+"
	}
	return hash["k"] + hash["x"] + hash["@user"] + long + " "
}

func (l *cutLine) expected(op operation, done bool) string {
	if !done {
		if op.name == "create" {
			return "- - "
		}
		return `"old"1 - `
	}
	return map[string]string{
		"create": `"new"+ - `, "save": `"new"+ - `, "renew": `mark "new"ada+ `, "refresh": `"old"1+ - `, "destroy": "- - ",
	}[op.name]
}

// H19: the reply is lost after the server applied the script. Repeating the operation has no second effect and meets no
// conflict of its own making.
func TestALostReplyHasNoDoubleEffect(t *testing.T) {
	l := newCutLine(t)
	for _, op := range operations(t) {
		t.Run(op.name, func(t *testing.T) {
			id, next := l.session(t, op)
			if err := op.run(l, id, next); err != nil {
				t.Fatal(err)
			}
			id, next = l.session(t, op)
			l.wire.dropReply()
			if err := op.run(l, id, next); err == nil || !l.wire.hasCut() {
				t.Fatalf("lost reply: error %v, cut %v", err, l.wire.hasCut())
			}
			if got, want := l.look(t, id)+l.look(t, next), l.expected(op, true); got != want {
				t.Fatalf("after the lost reply: %q, want %q", got, want)
			}
			// Somebody else changes the session before the operation is repeated.
			survivor := map[string]core.ID{"id": id, "next": next}[op.survivor]
			if !survivor.IsZero() {
				l.server.HSet(t.Context(), key(survivor), "other", "1")
			}
			snapshot := maps.Clone(l.server.HGetAll(t.Context(), key(survivor)).Val())
			l.session(t, op)
			if err := op.run(l, id, next); err != nil {
				t.Errorf("repeated: %v", err)
			}
			if op.name == "save" {
				delete(snapshot, "other") // the delta clears, and a repeated save is one more save
			}
			if got := l.server.HGetAll(t.Context(), key(survivor)).Val(); !maps.Equal(got, snapshot) {
				t.Errorf("repeated: stored %v, want %v", got, snapshot)
			}
		})
	}
}

// A server that forgot the scripts, after a restart or SCRIPT FLUSH, is told them again.
func TestAServerThatForgotTheScripts(t *testing.T) {
	for name, server := range servers(t) {
		s := open(t, redisstore.Shard{Name: "a", Client: server})
		for _, op := range operations(t) {
			id, next := newID(t, s), core.ID{}
			if op.name != "create" {
				id = create(t, s)
			}
			next = idAt(t, id.Place())
			if err := server.ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			if err := op.run(s, id, next); err != nil {
				t.Errorf("%s on %s without scripts: %v", op.name, name, err)
			}
		}
	}
}

// H21: with its memory full and noeviction, a server refuses creates and saves as a whole; reads and logouts work.
func TestAServerOutOfMemory(t *testing.T) {
	server := redistest.Start(t, "--maxmemory-policy", "noeviction")
	s := open(t, redisstore.Shard{Name: "a", URL: server.URL()})
	id, other := create(t, s), create(t, s)
	if err := server.Client().ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	before := server.Client().HGetAll(t.Context(), key(id)).Val()
	next := idAt(t, id.Place())
	for _, op := range operations(t)[:3] {
		target := id
		if op.name == "create" {
			target = newID(t, s)
		}
		err := op.run(s, target, next)
		if err == nil || !strings.Contains(err.Error(), "OOM") || !strings.Contains(err.Error(), `shard "a"`) {
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
	if err := errors.Join(s.Refresh(t.Context(), id, life), s.Destroy(t.Context(), other)); err != nil {
		t.Errorf("Refresh and Destroy without memory: %v", err)
	}
	if _, err := s.Load(t.Context(), other); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("Load after a Destroy without memory: %v", err)
	}
}

// P6, R30: a shard that hangs, resets or is gone gives an error that names it, within its timeout; the others do not notice.
func TestADeadShardHurtsOnlyItsOwnSessions(t *testing.T) {
	a, b := redistest.Start(t), redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: a.URL() + "?read_timeout=200ms"}, redisstore.Shard{Name: "b", URL: b.URL()})
	ids := map[string]core.ID{}
	for len(ids) < 2 {
		id := create(t, s)
		owner, _ := s.Owner(id)
		ids[owner] = id
	}
	for _, fault := range []struct {
		name        string
		begin, heal func()
	}{{"paused", a.Pause, a.Resume}, {"killed", a.Kill, a.Restart}} {
		fault.begin()
		for _, op := range operations(t)[1:] {
			err := op.run(s, ids["a"], idAt(t, ids["a"].Place()))
			if err == nil || errors.Is(err, core.ErrGone) || !strings.Contains(err.Error(), `shard "a"`) {
				t.Errorf("%s: %s: %v; want an error that names the shard", fault.name, op.name, err)
			}
		}
		if r, err := s.Load(t.Context(), ids["a"]); err == nil || errors.Is(err, core.ErrNotFound) {
			t.Errorf("%s: Load = %+v, %v", fault.name, r, err)
		}
		if r, err := s.Load(t.Context(), ids["b"]); err != nil || fmt.Sprint(r.Fields) != `map[k:"v"]` {
			t.Errorf("%s: Load from the other shard = %+v, %v", fault.name, r, err)
		}
		fault.heal()
		eventually(t, "the shard is called again", func() bool { return s.Refresh(t.Context(), ids["a"], life) == nil })
	}
	if _, err := s.Load(t.Context(), ids["a"]); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("Load from a shard that lost its memory: %v, want ErrNotFound", err)
	}
}
