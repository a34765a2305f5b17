package examples_test

import (
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/ringsession/ringsession/internal/redistest"
)

func TestEveryProgramStartsAndEndsCleanly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send signals here")
	}
	for name, signal := range map[string]os.Signal{
		"nethttp": os.Interrupt, "gin": syscall.SIGTERM, "echo": os.Interrupt, "fiber": syscall.SIGTERM, "demo": os.Interrupt,
	} {
		t.Run(name+" on "+signal.String(), func(t *testing.T) {
			t.Parallel()
			p := launch(t, name)
			base := p.url()
			v := newVisitor(t)
			v.signIn(base, "ada")
			v.home(base)
			// A browser may hold a connection without having sent anything.
			idle, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer idle.Close()
			if name == "demo" {
				v.stream(base + "/demo/live").until("data: ")
			}
			if err := p.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if status := p.status(); status != 0 || !onlyLogins(p.stderr.String()) {
				t.Errorf("status %d, want 0 and no word but of the login:\n%s", status, &p.stderr)
			}
			for _, part := range []string{"three embedded shards", "shard a at redis://127.0.0.1:", "shard c at ", "made up", `"secret"`} {
				if !strings.Contains(p.stdout.String(), part) {
					t.Errorf("it did not tell %q:\n%s", part, &p.stdout)
				}
			}
		})
	}
}

func TestMistakesEndTheProgramWithAMessage(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	addr := taken.Addr().String()
	for _, tt := range []struct {
		mistake string
		args    []string
		parts   []string
	}{
		{"a used port", []string{"-addr", addr}, []string{addr, "in use", "-addr"}},
		{"an address that is none", []string{"-addr", "here"}, []string{"here", "-addr"}},
		{"an unreachable Redis", []string{"-redis", "redis://127.0.0.1:1?name=lost"}, []string{`"lost"`, "127.0.0.1:1", "refused"}},
		{"a shard without a name", []string{"-redis", "redis://127.0.0.1:1"}, []string{"shard", "name"}},
		{"two shards of a name", []string{"-redis", "redis://127.0.0.1:1?name=twin,redis://127.0.0.1:2?name=twin"}, []string{`"twin"`}},
		{"a weight that is none", []string{"-redis", "redis://127.0.0.1:1?name=a&weight=heavy"}, []string{"weight", "heavy"}},
		{"a shard of another protocol", []string{"-redis", "http://127.0.0.1:1?name=web"}, []string{`"web"`, "http"}},
		{"an argument that is no flag", []string{"8080"}, []string{`"8080"`, "-h"}},
		{"a vault that nothing opens", []string{"-fresh", "0s"}, []string{"-fresh 0s"}},
		{"a short secret", []string{"-secret", "too short"}, []string{"32"}},
	} {
		t.Run(tt.mistake, func(t *testing.T) {
			p := launch(t, "nethttp", tt.args...)
			if status := p.status(); status != 1 {
				t.Errorf("status %d, want 1", status)
			}
			for _, part := range append(tt.parts, "nethttp example: ") {
				if !strings.Contains(p.stderr.String(), part) {
					t.Errorf("the message lacks %q:\n%s", part, &p.stderr)
				}
			}
			if strings.Contains(p.stderr.String(), "goroutine") || strings.Contains(p.stderr.String(), "too short") {
				t.Errorf("the message is no message for users:\n%s", &p.stderr)
			}
		})
	}
}

func TestProcessesShareSessionsByTheirSecret(t *testing.T) {
	list := redistest.Start(t).URL() + "?name=a"
	for _, tt := range []struct {
		sentence string
		args     []string
		variable string
		status   int
	}{
		{"a secret in the flags", []string{"-secret", secret}, "", 200},
		{"a secret in the environment", nil, secret, 200},
		{"made-up secrets are not the same", nil, "", 401},
	} {
		t.Run(tt.sentence, func(t *testing.T) {
			t.Setenv("SESSION_SECRET", tt.variable)
			args := append([]string{"-redis", list}, tt.args...)
			one, other := launch(t, "nethttp", args...), launch(t, "gin", args...)
			v := newVisitor(t)
			v.signIn(one.url(), "ada")
			v.whoami(one.url())
			v.want(v.get(other.url()+"/whoami"), tt.status)
		})
	}
}

// onlyLogins reports whether a log says nothing but that sessions began or ended.
func onlyLogins(log string) bool {
	for line := range strings.Lines(log) {
		if !strings.Contains(line, " INFO session created ") && !strings.Contains(line, " INFO session renewed ") &&
			!strings.Contains(line, " INFO session destroyed ") {
			return false
		}
	}
	return true
}
