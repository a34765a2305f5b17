package redistest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// A Server is one running Redis server. Its methods are safe for concurrent use.
type Server struct {
	t      testing.TB
	binary string
	dir    string
	port   int
	args   []string
	client *redis.Client

	mu   sync.Mutex
	proc *process
}

// Start starts a server and returns once it answers. The args are options of
// redis-server, as in Start(t, "--maxmemory", "2mb"); they win over the defaults,
// which are loopback only, no snapshots and no append-only file. The port and the
// unix socket are chosen here and cannot be set.
//
// The server is killed when the test and its subtests are over. If it had ended
// by itself before, the test's log says so, with the end of the server's own.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, freePort, args)
}

func start(t testing.TB, pick func() (int, error), args []string) *Server {
	t.Helper()
	s := &Server{t: t, binary: needBinary(t, os.Getenv, exec.LookPath), args: args}
	var err error
	if s.dir, err = makeDir(); err != nil {
		t.Fatalf("redistest: start: %v", err)
	}
	t.Cleanup(s.end)
	if err := s.claimPort(pick); err != nil {
		t.Fatalf("redistest: start %s: %v", s.binary, err)
	}
	s.client = redis.NewClient(&redis.Options{
		Addr:                     s.Addr(),
		MaxRetries:               -1,
		ContextTimeoutEnabled:    true,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	t.Cleanup(func() { _ = s.client.Close() })
	return s
}

// claimPort runs the server on the first picked port that nobody took meanwhile.
func (s *Server) claimPort(pick func() (int, error)) error {
	const tries = 10
	var err error
	for range tries {
		if s.port, err = pick(); err != nil {
			return err
		}
		if err = s.run(); !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

func (s *Server) run() error {
	args := []string{
		filepath.Join(s.dir, "redis.conf"),
		"--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0",
	}
	args = append(args, s.args...)
	args = append(args, "--port", strconv.Itoa(s.port), "--unixsocket", s.socket(), "--dir", s.dir)
	proc, err := startProcess(s.binary, s.dir, args)
	if err != nil {
		return err
	}
	s.proc = proc
	return proc.waitReady(s.socket())
}

func (s *Server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc != nil {
		if s.proc.diedAlone() {
			s.t.Logf("redistest: %s ended by itself; the end of its log:\n%s", s.Addr(), s.proc.tail())
		}
		s.proc.kill()
	}
	_ = os.RemoveAll(s.dir)
}

// Addr returns host:port.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// URL returns the server's address as redis://host:port.
func (s *Server) URL() string { return "redis://" + s.Addr() }

// UnixURL returns the address of the unix socket as unix:///path.
func (s *Server) UnixURL() string { return "unix://" + s.socket() }

func (s *Server) socket() string { return filepath.Join(s.dir, "s") }

// Client returns a client of this server, the same one at each call. It sends
// each command once, honours the deadline of its context, and is closed when the
// test is over. It does not log in: if the server wants a password, make a client
// of your own.
func (s *Server) Client() *redis.Client { return s.client }

// busOffset is how far the port of the cluster bus lies above the server's.
const busOffset = 10000

// freePort returns a loopback port that is free now, as is the bus port that
// belongs to it. Both lie below the ports that systems give to outgoing
// connections, so that no client can sit on a killed server's port.
func freePort() (int, error) {
	const tries = 100
	for range tries {
		port := 10000 + rand.IntN(10000)
		if isFree(port) && isFree(port+busOffset) {
			return port, nil
		}
	}
	return 0, errors.New("found no free port")
}

func isFree(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// makeDir makes a server's folder with the empty configuration file that a
// sentinel insists on.
func makeDir() (string, error) {
	base := os.TempDir()
	// A unix socket's path ends at about 100 bytes; Redis cuts a longer one short.
	if len(base) > 70 {
		base = "/tmp"
	}
	dir, err := os.MkdirTemp(base, "rt")
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "redis.conf"), nil, 0o600)
}

const commandTimeout = 20 * time.Second

// CommandStats returns how often each command ran since the start or the last
// [Server.ResetStats], by its name in lower case, subcommands as "client|setinfo".
// A command inside a script counts beside the script. Left out are INFO and
// CONFIG, with which this package asks.
func (s *Server) CommandStats(t testing.TB) map[string]int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	info, err := s.client.Info(ctx, "commandstats").Result()
	if err != nil {
		t.Fatalf("redistest: command stats: %v", err)
	}
	stats, err := parseCommandStats(info)
	if err != nil {
		t.Fatalf("redistest: command stats: %v", err)
	}
	return stats
}

// ResetStats sets all counts of [Server.CommandStats] back to 0.
func (s *Server) ResetStats(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	if err := s.client.ConfigResetStat(ctx).Err(); err != nil {
		t.Fatalf("redistest: reset stats: %v", err)
	}
}

func parseCommandStats(info string) (map[string]int64, error) {
	stats := map[string]int64{}
	for line := range strings.Lines(info) {
		entry, ok := strings.CutPrefix(strings.TrimSpace(line), "cmdstat_")
		if !ok {
			continue
		}
		name, rest, _ := strings.Cut(entry, ":")
		if name == "info" || name == "config" || strings.HasPrefix(name, "config|") {
			continue
		}
		calls, _, _ := strings.Cut(strings.TrimPrefix(rest, "calls="), ",")
		n, err := strconv.ParseInt(calls, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("line %q: %w", line, err)
		}
		stats[name] = n
	}
	return stats, nil
}
