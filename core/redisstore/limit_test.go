package redisstore_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

const (
	mostSessions = 5
	// loginsVariable has the shards of a process that logs users in.
	loginsVariable = "REDISSTORE_TEST_LOGINS"
)

// R41: 100 parallel logins of one user in three processes of the operating system
// leave exactly as many sessions as are allowed on three servers, with both policies
// and however often. What has idled out takes no place.
func TestTheLimitInSeveralProcesses(t *testing.T) {
	const processes, rounds = 3, 12
	servers := []*redistest.Server{redistest.Start(t), redistest.Start(t), redistest.Start(t)}
	var shards []string
	for i, server := range servers {
		shards = append(shards, fmt.Sprintf("%s?name=%c", server.URL(), 'a'+i))
	}
	list, err := redisstore.ParseShards(strings.Join(shards, ","))
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, list...)
	var all []*loginProcess
	for range processes {
		all = append(all, startLogins(t, strings.Join(shards, ",")))
	}
	for _, policy := range []core.AtLimit{core.EndOldest, core.RefuseLogin} {
		told := 0
		for round := range rounds {
			// A user has a second round after the idle timeout.
			user := fmt.Sprintf("ada%d.%d", policy, round/2)
			for i, p := range all {
				p.ask(t, "%s %d %d\n", user, policy, (100+i)/processes)
			}
			for _, p := range all {
				told += p.answer(t)
			}
			times, _ := listAll(t, s, store.Owner{User: user}, 0)
			stored := 0
			for _, server := range servers {
				for _, key := range server.Client().Keys(t.Context(), "session:????????????").Val() {
					if server.Client().HGet(t.Context(), key, "@user").Val() == user {
						stored++
					}
				}
			}
			if len(times) != mostSessions || stored != mostSessions {
				t.Errorf("policy %d, round %d: %d sessions listed, %d stored, want %d",
					policy, round, len(times), stored, mostSessions)
			}
			for _, server := range servers {
				server.Advance(t, time.Hour)
			}
		}
		t.Logf("policy %d: %d rounds of 100 logins, %d of them answered that the user is in", policy, rounds, told)
		if told < rounds*mostSessions {
			t.Errorf("policy %d: %d logins were told that they are in, want %d at least", policy, told, rounds*mostSessions)
		}
	}
}

// A loginProcess is this program once more, running TestLoginProcess.
type loginProcess struct {
	in  io.Writer
	out *bufio.Reader
}

func startLogins(t *testing.T, shards string) *loginProcess {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestLoginProcess$")
	cmd.Env, cmd.Stderr = append(os.Environ(), loginsVariable+"="+shards), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return &loginProcess{in, bufio.NewReader(out)}
}

func (p *loginProcess) ask(t *testing.T, format string, args ...any) {
	t.Helper()
	if _, err := fmt.Fprintf(p.in, format, args...); err != nil {
		t.Fatal(err)
	}
}

// answer returns how many of the logins are in.
func (p *loginProcess) answer(t *testing.T) (in int) {
	t.Helper()
	line, err := p.out.ReadString('\n')
	var failed string
	if _, scanErr := fmt.Sscanf(line, "in %d %q", &in, &failed); err != nil || scanErr != nil || failed != "" {
		t.Fatalf("the process answered %q, %v", line, errors.Join(err, scanErr))
	}
	return in
}

// TestLoginProcess is no test of its own: it logs users in, all at the same time,
// for each line of its input.
func TestLoginProcess(t *testing.T) {
	text := os.Getenv(loginsVariable)
	if text == "" {
		t.Skip("it is a part of TestTheLimitInSeveralProcesses")
	}
	shards, err := redisstore.ParseShards(text)
	if err != nil {
		t.Fatal(err)
	}
	s, managers := open(t, shards...), make(map[core.AtLimit]*core.Manager)
	for _, policy := range []core.AtLimit{core.EndOldest, core.RefuseLogin} {
		managers[policy], err = core.New(s, []byte(strings.Repeat("s", 32)), &core.Options{
			MaxSessions: mostSessions, AtLimit: policy, StoreTimeout: 10 * time.Second, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var user string
		var policy core.AtLimit
		var logins int
		if _, err := fmt.Sscan(lines.Text(), &user, &policy, &logins); err != nil {
			t.Fatal(err)
		}
		in, failed := logInAtOnce(t, managers[policy], user, logins)
		fmt.Printf("in %d %q\n", in, failed)
	}
}

// logInAtOnce returns how many logins are in, and what went wrong with others than
// by the limit.
func logInAtOnce(t *testing.T, m *core.Manager, user string, logins int) (in int, failed string) {
	errs := make([]error, logins)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			s, x := begin(t, m, nil)
			s.Login(user)
			_, errs[i] = x.Commit()
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err == nil {
			in++
		} else if !errors.Is(err, core.ErrTooManySessions) {
			failed = err.Error()
		}
	}
	return in, failed
}
