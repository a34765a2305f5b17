package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// The rule in the README lets the store do all its work, and has nothing that the store does not need.
func TestTheUserOfTheReadmeMayDoWhatTheStoreNeeds(t *testing.T) {
	server := redistest.Start(t)
	rule := readmeRule(t)
	if err := workAs(t, server, rule); err != nil {
		t.Fatalf("with the whole rule: %v", err)
	}
	commands := 0
	for i, part := range rule {
		if !strings.HasPrefix(part, "+") {
			continue
		}
		commands++
		if err := workAs(t, server, slices.Delete(slices.Clone(rule), i, i+1)); err == nil {
			t.Errorf("everything works without %s: take it out of the rule", part)
		}
	}
	if commands < 10 {
		t.Errorf("%d commands in the rule", commands)
	}
	foreign := redis.NewClient(&redis.Options{Addr: server.Addr(), Username: user, Password: password})
	defer func() { _ = foreign.Close() }()
	setUser(t, server, rule)
	for _, err := range []error{foreign.HGetAll(t.Context(), "another:key").Err(), foreign.FlushAll(t.Context()).Err(), foreign.Keys(t.Context(), "*").Err()} {
		if !redis.IsPermissionError(err) {
			t.Errorf("more than sessions: error %v, want NOPERM", err)
		}
	}
}

// What else the README names is for the options that need it.
func TestTheFurtherRightsOfTheReadme(t *testing.T) {
	server := redistest.Start(t)
	rule := append(readmeRule(t), strings.Fields(find(t, "`(\\+info [^`]*)`"))...)
	setUser(t, server, rule)
	if s := open(t, asUser(server)); !strings.Contains(strings.Join(s.Health(t.Context()).Shards[0].Warnings, "\n"), "neither persistence nor a replica") {
		t.Errorf("no warning of a volatile server: %v", s.Health(t.Context()).Shards[0])
	}
	for right, want := range map[string]string{"": "NOPERM", find(t, "`(\\+wait)`"): "0 of 1 replicas have it"} {
		setUser(t, server, append(readmeRule(t), strings.Fields(right)...))
		s := openWith(t, redisstore.Options{WaitReplicas: 1}, asUser(server))
		if _, err := s.Destroy(t.Context(), create(t, s), 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("WaitReplicas with right %q: error %v, want %s", right, err, want)
		}
	}
}

func TestTheUserOfTheReadmeInACluster(t *testing.T) {
	cluster := redistest.StartCluster(t, 3, 0)
	// COMMAND is for go-redis, which otherwise logs an error for each of its calls and works all the same.
	further := strings.Fields(find(t, "`(\\+cluster[^`]*) \\+command`"))
	for _, rights := range [][]string{further, nil} {
		for _, server := range cluster.Primaries {
			setUser(t, server, append(readmeRule(t), append(rights, "+command")...))
		}
		client := redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: cluster.Addrs(), Username: user, Password: password, MaxRetries: -1, ContextTimeoutEnabled: true,
		})
		s, err := redisstore.Open(t.Context(), []redisstore.Shard{{Name: "a", Client: client}}, quiet(nil))
		if err == nil {
			err = work(t.Context(), t, s)
			_ = s.Close()
		}
		_ = client.Close()
		if (err == nil) != (rights != nil) {
			t.Errorf("with the rights %v: error %v", rights, err)
		}
	}
}

const user, password = "app", "a-password"

// readmeRule returns the rights of the user in the README: its keys and commands.
func readmeRule(t *testing.T) []string {
	t.Helper()
	return strings.Fields(find(t, "ACL SETUSER app on >\\S+ ([^\n`]*)"))
}

func find(t *testing.T, pattern string) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(pattern).FindSubmatch(text)
	if found == nil {
		t.Fatalf("README.md has no %s", pattern)
	}
	return string(found[1])
}

// setUser gives the user these rights and no others, also in connections that exist.
func setUser(t *testing.T, server *redistest.Server, rights []string) {
	t.Helper()
	args := []any{"ACL", "SETUSER", user, "reset", "on", ">" + password}
	for _, right := range rights {
		args = append(args, right)
	}
	if err := server.Client().Do(t.Context(), args...).Err(); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	if err := server.Client().Do(t.Context(), "SCRIPT", "FLUSH").Err(); err != nil {
		t.Fatal(err)
	}
}

func asUser(server *redistest.Server) redisstore.Shard {
	return redisstore.Shard{Name: "a", URL: redisstore.NewURL("redis://" + user + ":" + password + "@" + server.Addr())}
}

func quiet(o *redisstore.Options) *redisstore.Options {
	if o == nil {
		o = new(redisstore.Options)
	}
	o.Logger = slog.New(slog.DiscardHandler)
	return o
}

// workAs does everything that a store does, as a user with these rights.
func workAs(t *testing.T, server *redistest.Server, rights []string) error {
	t.Helper()
	setUser(t, server, rights)
	s, err := redisstore.Open(t.Context(), []redisstore.Shard{asUser(server)}, quiet(nil))
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	return work(t.Context(), t, s)
}

func work(ctx context.Context, t *testing.T, s *redisstore.Store) error {
	id := newID(t, s)
	next := idAt(t, id.Place)
	_, unknown := s.Load(ctx, id)
	if errors.Is(unknown, store.ErrNotFound) {
		unknown = nil
	}
	limited := store.Delta{Set: map[string]string{"a": "3"}, Limits: store.Limits{Bytes: 1000, Fields: 1}}
	err := errors.Join(unknown, s.Ping(ctx),
		s.Create(ctx, id, store.Delta{Set: map[string]string{"a": "1", "b": "2"}, Lifetimes: life}),
		s.Create(ctx, id, set("a", "1")),
		s.Save(ctx, id, store.Delta{Set: map[string]string{"a": "2"}, Delete: []string{"b"}}),
		s.Save(ctx, id, limited),
		s.Save(ctx, id, store.Delta{Clear: true}),
		s.Refresh(ctx, id),
		s.Renew(ctx, id, next.Fingerprint, store.Delta{Login: store.Login{User: "ada"}, Lifetimes: life}),
		s.Renew(ctx, id, next.Fingerprint, store.Delta{Login: store.Login{User: "ada"}, Lifetimes: life}))
	if err != nil {
		return err
	}
	if r, err := s.Load(ctx, next); err != nil || r.User != "ada" {
		return fmt.Errorf("load: %+v, %w", r, err)
	}
	gone := (*store.GoneError)(nil)
	if _, err := s.Destroy(ctx, next, 0); err != nil {
		return err
	}
	if err := s.Save(ctx, next, set("a", "1")); !errors.As(err, &gone) {
		return fmt.Errorf("save after the end: %w", err)
	}
	return workOnIndex(ctx, t, s)
}

func workOnIndex(ctx context.Context, t *testing.T, s *redisstore.Store) error {
	ada := store.Login{User: "ada", External: "sid"}
	for range 2 {
		if err := s.Create(ctx, newID(t, s), store.Delta{Login: ada, Lifetimes: life}); err != nil {
			return err
		}
	}
	page, err := s.List(ctx, store.Owner{User: "ada"}, store.Query{Limit: 1})
	if err != nil || len(page.Sessions) != 1 {
		return fmt.Errorf("list: %+v, %w", page, err)
	}
	only := store.Ending{Only: page.Sessions[0].Place}
	if n, err := s.End(ctx, store.Owner{User: "ada"}, only); err != nil || n != 1 {
		return fmt.Errorf("ended %d, %w", n, err)
	}
	if n, err := s.End(ctx, store.Owner{External: "sid"}, store.Ending{}); err != nil || n != 1 {
		return fmt.Errorf("ended %d of an external id, %w", n, err)
	}
	return nil
}
