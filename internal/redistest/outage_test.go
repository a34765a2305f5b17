package redistest_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringsession/ringsession/internal/redistest"
)

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
