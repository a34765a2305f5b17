package embedded_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/adapter"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/examples/embedded"
)

func start(t *testing.T, names ...string) *embedded.Servers {
	t.Helper()
	servers, err := embedded.Start(names...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(servers.Close)
	return servers
}

func client(t *testing.T, shard redisstore.Shard) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(shard.URL.String())
	if err != nil {
		t.Fatal(err)
	}
	options.ContextTimeoutEnabled = true
	c := redis.NewClient(options)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestAPausedServerHoldsCommandsUntilItGoesOn(t *testing.T) {
	servers := start(t, "a", "b")
	shards := servers.Shards()
	a, b := client(t, shards[0]), client(t, shards[1])
	if err := a.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := servers.Pause("a"); err != nil {
		t.Fatal(err)
	}
	held := make(chan error, 1)
	go func() { held <- a.Set(t.Context(), "key", "value", 0).Err() }()
	if err := b.Set(t.Context(), "key", "value", 0).Err(); err != nil {
		t.Errorf("the other server: %v", err)
	}
	if !servers.Paused("a") || servers.Paused("b") || !servers.Disturbed() {
		t.Errorf("paused: %v and %v, want a alone", servers.Paused("a"), servers.Paused("b"))
	}
	soon, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := a.Ping(soon).Err(); err == nil {
		t.Error("the paused server answered")
	}
	if err := servers.Resume("a"); err != nil {
		t.Fatal(err)
	}
	if err := <-held; err != nil {
		t.Errorf("the held command: %v", err)
	}
	if got := a.Get(t.Context(), "key").Val(); got != "value" {
		t.Errorf("the held command left %q", got)
	}
}

func TestClosingEndsAPause(t *testing.T) {
	servers, err := embedded.Start("a")
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, servers.Shards()[0])
	if err := servers.Pause("a"); err != nil {
		t.Fatal(err)
	}
	held := make(chan struct{})
	go func() {
		defer close(held)
		c.Ping(t.Context())
	}()
	servers.Close()
	<-held
}

func TestServersAreKnownByTheirNames(t *testing.T) {
	servers := start(t, "a")
	if err := servers.Pause("b"); err == nil {
		t.Error("a server that is not there was paused")
	}
	if _, err := servers.Add("a"); err == nil {
		t.Error("there are two servers of a name")
	}
	if shard, err := servers.Add("b"); err != nil || shard.Name != "b" || len(servers.Shards()) != 2 {
		t.Errorf("got %v, %v and %v", shard, err, servers.Shards())
	}
}

func TestSessionsAreSeenWhereTheyAre(t *testing.T) {
	servers := start(t, "a", "b")
	store, err := redisstore.Open(t.Context(), servers.Shards(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	sessions, err := core.New(store, []byte("the secret of the tests, 32 bytes"), nil)
	if err != nil {
		t.Fatal(err)
	}
	x, err := sessions.Begin(t.Context(), adapter.NewRequest(httptest.NewRequest(http.MethodGet, "/", nil)))
	if err != nil {
		t.Fatal(err)
	}
	session, _ := sessions.FromContext(x.Context(t.Context()))
	session.Login("ada")
	session.Set("note", "milk")
	save(t, session)
	session.Renew()
	save(t, session)

	shard, err := store.Owner(session.ID().Place)
	if err != nil {
		t.Fatal(err)
	}
	if found := servers.Sessions(); len(found) != 1 || found[session.ID().Place] != shard {
		t.Errorf("found %v, want that at %s on shard %s: the index of a user is none", found, session.ID().Place, shard)
	}
	servers.FastForward(30*time.Minute + time.Second)
	if found := servers.Sessions(); len(found) > 0 {
		t.Errorf("found %v after the idle timeout", found)
	}
}

func save(t *testing.T, session *core.Session) {
	t.Helper()
	if err := session.Save(context.Background()); err != nil {
		t.Fatal(err)
	}
}
