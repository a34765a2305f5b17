package redisstore_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/internal/redistest"
)

func TestHealthTellsTheStateOfEachShard(t *testing.T) {
	a, b := redistest.Start(t), redistest.Start(t)
	s := open(t,
		redisstore.Shard{Name: "a", URL: redisstore.NewURL(a.URL())},
		redisstore.Shard{Name: "b", URL: redisstore.NewURL(b.URL() + "?read_timeout=200ms"), Drain: true},
		redisstore.Shard{Name: "c", Retired: true})
	states := func() string {
		var all []string
		for _, sh := range s.Health(t.Context()).Shards {
			all = append(all, fmt.Sprintf("%s %s new=%v breaker=%q problem=%v", sh.Name, sh.State, sh.New, sh.Breaker, sh.Problem != ""))
		}
		return strings.Join(all, "\n")
	}
	const up = `a up new=true breaker="closed" problem=false
b up new=false breaker="closed" problem=false
c retired new=false breaker="" problem=false`
	if got := states(); got != up || !s.Health(t.Context()).Ready() {
		t.Errorf("all up:\n%s\nwant\n%s", got, up)
	}
	b.Pause()
	if got, want := states(), strings.Replace(up, `b up new=false breaker="closed" problem=false`, `b down new=false breaker="closed" problem=true`, 1); got != want {
		t.Errorf("b paused:\n%s\nwant\n%s", got, want)
	}
	if !s.Health(t.Context()).Ready() {
		t.Error("not ready, though a visitor could log in on shard a")
	}
	b.Resume()
	a.Kill()
	if h := s.Health(t.Context()); h.Ready() || h.Shards[0].State != redisstore.StateDown {
		t.Errorf("ready, though no shard that takes new sessions works: %+v", h)
	}
	text, err := json.Marshal(s.Health(t.Context()).Shards[2])
	if want := fmt.Sprintf(`{"name":"c","tag":%q,"state":"retired","new":false,"round_trip":0}`, s.Health(t.Context()).Shards[2].Tag); err != nil || string(text) != want {
		t.Errorf("in JSON: %s (error %v), want %s", text, err, want)
	}
	if err := s.Close(); err != nil || len(s.Health(t.Context()).Shards) != 0 || s.Health(t.Context()).Ready() {
		t.Errorf("a closed store: error %v, health %+v", err, s.Health(t.Context()))
	}
}

func TestTheTagOfAShardBeginsItsPlaces(t *testing.T) {
	a, _ := shardOn(t, "a")
	s := open(t, a)
	if tag, place := s.Health(t.Context()).Shards[0].Tag, newID(t, s).Place; tag == "" || !strings.HasPrefix(place, tag) {
		t.Errorf("tag %q, place %q", tag, place)
	}
}

func TestASlowShardIsSlow(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	server.Pause()
	heal := time.AfterFunc(200*time.Millisecond, server.Resume)
	defer heal.Stop()
	if sh := s.Health(t.Context()).Shards[0]; sh.State != redisstore.StateSlow || sh.RoundTrip < 100*time.Millisecond {
		t.Errorf("a shard that answers after 200ms is %v", sh)
	}
}

func TestOpenWarnsOfSettingsThatLogUsersOut(t *testing.T) {
	fine := redistest.Start(t, "--appendonly", "yes")
	snapshots := redistest.Start(t, "--save", "3600 1")
	volatile := redistest.Start(t)
	evicting := redistest.Start(t, "--appendonly", "yes", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
	replica := redistest.Start(t, "--appendonly", "yes", "--replicaof", "127.0.0.1 1")
	for _, test := range []struct {
		name   string
		server *redistest.Server
		want   string
	}{
		{"fine", fine, ""},
		{"with snapshots", snapshots, ""},
		{"volatile", volatile, "neither persistence nor a replica"},
		{"evicting", evicting, "maxmemory-policy is allkeys-lru"},
		{"replica", replica, "it is a replica"},
	} {
		var log strings.Builder
		s, err := redisstore.Open(t.Context(), []redisstore.Shard{{Name: "a", URL: redisstore.NewURL(test.server.URL())}},
			&redisstore.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		warnings := strings.Join(s.Health(t.Context()).Shards[0].Warnings, "\n")
		if test.want == "" && warnings+log.String() != "" || !strings.Contains(warnings, test.want) || !strings.Contains(log.String(), test.want) {
			t.Errorf("%s: warnings %q, log %q; want %q", test.name, warnings, log.String(), test.want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Without WaitReplicas, a failover by Sentinel may forget logouts.
func TestOpenWarnsOfSentinelWithoutWaitReplicas(t *testing.T) {
	pair := redistest.StartSentinel(t)
	for _, test := range []struct {
		name         string
		waitReplicas int
		minReplicas  string
		warns        bool
	}{
		{"neither", 0, "0", true},
		{"WaitReplicas", 1, "0", false},
		{"min-replicas-to-write", 0, "1", false},
	} {
		command(t, pair.Primary, "config", "set", "min-replicas-to-write", test.minReplicas)
		s := openWith(t, redisstore.Options{WaitReplicas: test.waitReplicas}, redisstore.Shard{Name: "a", Client: pair.Client()})
		warnings := strings.Join(s.Health(t.Context()).Shards[0].Warnings, "\n")
		if strings.Contains(warnings, "lacks the last logouts") != test.warns {
			t.Errorf("%s: warnings %q, want one of logouts: %v", test.name, warnings, test.warns)
		}
	}
}

func TestWhichVersionsAreTooOld(t *testing.T) {
	for version, old := range map[string]bool{
		"5.0.14": true, "6.0.16": true, "6.2.0": false, "6.10.1": false, "7.0.15": false, "7.2.4": false, "10.0.0": false, "unknown": false,
	} {
		if got := redisstore.OlderThan62(version); got != old {
			t.Errorf("%s is too old: %v, want %v", version, got, old)
		}
	}
}
