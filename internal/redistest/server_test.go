package redistest_test

import (
	"context"
	"errors"
	"maps"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringsession/ringsession/internal/redistest"
)

func dial(t *testing.T, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func setting(t *testing.T, s *redistest.Server, name string) string {
	t.Helper()
	settings, err := s.Client().ConfigGet(t.Context(), name).Result()
	if err != nil {
		t.Fatal(err)
	}
	return settings[name]
}

func TestServerAnswersOnBothAddresses(t *testing.T) {
	s := redistest.Start(t)
	if err := s.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{s.URL(), s.UnixURL()} {
		if got, err := dial(t, url).Get(t.Context(), "k").Result(); err != nil || got != "v" {
			t.Errorf("%s: got %q, %v; want \"v\"", url, got, err)
		}
	}
}

func TestSettings(t *testing.T) {
	plain := redistest.Start(t)
	given := redistest.Start(t, "--appendonly", "yes", "--save", "60 1", "--maxmemory", "2mb")
	for _, tt := range []struct {
		what   string
		server *redistest.Server
		name   string
		want   string
	}{
		{"default", plain, "bind", "127.0.0.1"},
		{"default", plain, "save", ""},
		{"default", plain, "appendonly", "no"},
		{"given", given, "appendonly", "yes"},
		{"given", given, "save", "60 1"},
		{"given", given, "maxmemory", "2097152"},
	} {
		if got := setting(t, tt.server, tt.name); got != tt.want {
			t.Errorf("%s %s is %q, want %q", tt.what, tt.name, got, tt.want)
		}
	}
}

func TestServerEndsWithTheTest(t *testing.T) {
	needServer(t)
	var s *redistest.Server
	t.Run("the test", func(t *testing.T) { s = redistest.Start(t) })
	if conn, err := net.Dial("tcp", s.Addr()); err == nil {
		_ = conn.Close()
		t.Error("the server still listens")
	}
	if _, err := os.Stat(s.Dir()); !os.IsNotExist(err) {
		t.Errorf("its folder is still there: %v", err)
	}
	if err := s.Client().Ping(t.Context()).Err(); err != redis.ErrClosed {
		t.Errorf("its client says %v, want %v", err, redis.ErrClosed)
	}
}

func TestFailedStartShowsTheLog(t *testing.T) {
	needServer(t)
	r := record(t, func(t testing.TB) { redistest.Start(t, "--no-such-setting", "1") })
	if !strings.Contains(r.failed, "no-such-setting") {
		t.Errorf("the failure %q does not show the log", r.failed)
	}
}

func TestServerThatDiesAloneIsReported(t *testing.T) {
	needServer(t)
	r := record(t, func(tb testing.TB) {
		s := redistest.Start(tb)
		_ = s.Client().ShutdownNoSave(t.Context()).Err()
		<-s.Exited()
	})
	if !strings.Contains(r.logged.String(), "ended by itself") {
		t.Errorf("the log %q does not report it", &r.logged)
	}
}

// Another server's answer on a taken port must not be mistaken for our own.
func TestTakenPortIsRetried(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	redis, err := net.ResolveTCPAddr("tcp", redistest.Start(t).Addr())
	if err != nil {
		t.Fatal(err)
	}
	ports := []int{l.Addr().(*net.TCPAddr).Port, redis.Port}
	s := redistest.StartOn(t, func() (int, error) {
		if len(ports) == 0 {
			return redistest.FreePort()
		}
		taken := ports[0]
		ports = ports[1:]
		return taken, nil
	}, nil)
	if err := s.Client().Ping(t.Context()).Err(); err != nil || s.Addr() == redis.String() || len(ports) > 0 {
		t.Errorf("%s, %d taken ports were not tried: %v", s.Addr(), len(ports), err)
	}
}

func TestCommandStats(t *testing.T) {
	s := redistest.Start(t)
	c := s.Client()
	c.Get(t.Context(), "k")
	s.ResetStats(t)
	c.Set(t.Context(), "k", "v", 0)
	c.Get(t.Context(), "k")
	c.Get(t.Context(), "k")
	c.Eval(t.Context(), "return redis.call('HSET', KEYS[1], 'f', 1)", []string{"h"})
	c.Incr(t.Context(), "h")
	c.ClientID(t.Context())
	want := map[string]int64{"set": 1, "get": 2, "eval": 1, "hset": 1, "incr": 1, "client|id": 1}
	for range 2 {
		if got := s.CommandStats(t); !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	s.ResetStats(t)
	if got := s.CommandStats(t); len(got) != 0 {
		t.Errorf("after the reset: got %v, want none", got)
	}
}

const commandTimeout = 30 * time.Second

func TestPauseAndResume(t *testing.T) {
	s := redistest.Start(t)
	if err := s.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	var timeout net.Error
	if err := s.Client().Get(ctx, "k").Err(); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("paused: got %v, want a timeout", err)
	}
	// go-redis itself would wait for three seconds.
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("paused: the client ignored its deadline for %v", took)
	}
	s.Resume()
	if got, err := s.Client().Get(t.Context(), "k").Result(); got != "v" {
		t.Errorf("resumed: got %q, %v; want \"v\"", got, err)
	}
}

func TestRestart(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		down func(*redistest.Server)
		want string
	}{
		{"after Kill", nil, (*redistest.Server).Kill, ""},
		{"while it runs", nil, func(*redistest.Server) {}, ""},
		{"while it is paused", nil, (*redistest.Server).Pause, ""},
		{"with data kept", []string{"--appendonly", "yes"}, (*redistest.Server).Kill, "v"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := redistest.Start(t, tt.args...)
			addr, pid := s.Addr(), s.Pid()
			if err := s.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
				t.Fatal(err)
			}
			tt.down(s)
			s.Restart()
			got, err := s.Client().Get(t.Context(), "k").Result()
			if got != tt.want || (err != nil && err != redis.Nil) {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			if s.Addr() != addr || s.Pid() == pid {
				t.Errorf("%s, process %d became %s, process %d", addr, pid, s.Addr(), s.Pid())
			}
		})
	}
}

func TestOutageOfADeadServerFailsTheTest(t *testing.T) {
	needServer(t)
	for name, outage := range map[string]func(*redistest.Server){
		"pause":  (*redistest.Server).Pause,
		"resume": (*redistest.Server).Resume,
	} {
		r := record(t, func(t testing.TB) {
			s := redistest.Start(t)
			s.Kill()
			outage(s)
		})
		if r.failed == "" {
			t.Errorf("%s: the test went on", name)
		}
	}
}
