package redistest_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/internal/redistest"
)

func getenv(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

func lookPath(installed ...string) func(string) (string, error) {
	return func(name string) (string, error) {
		for _, path := range installed {
			if path == name || strings.HasSuffix(path, "/"+name) {
				return path, nil
			}
		}
		return "", exec.ErrNotFound
	}
}

func TestFindBinary(t *testing.T) {
	for _, tt := range []struct {
		name      string
		env       string
		installed []string
		want      string
	}{
		{"redis", "", []string{"/bin/redis-server"}, "/bin/redis-server"},
		{"valkey", "", []string{"/bin/valkey-server"}, "/bin/valkey-server"},
		{"redis wins over valkey", "", []string{"/bin/valkey-server", "/bin/redis-server"}, "/bin/redis-server"},
		{"the environment wins over both", "/opt/r", []string{"/bin/redis-server", "/opt/r"}, "/opt/r"},
		{"a wrong environment is not replaced", "/opt/x", []string{"/bin/redis-server"}, ""},
		{"nothing installed", "", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := redistest.FindBinary(getenv(map[string]string{"REDIS_SERVER": tt.env}), lookPath(tt.installed...))
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestMissingServerEndsTheTest(t *testing.T) {
	for required, fails := range map[string]bool{"": false, "0": false, "1": true} {
		ran := false
		r := record(t, func(t testing.TB) {
			redistest.NeedBinary(t, getenv(map[string]string{"REDIS_REQUIRED": required}), lookPath())
			ran = true
		})
		if ran || (r.skipped == "") != fails || (r.failed == "") == fails ||
			!strings.Contains(r.skipped+r.failed, "neither redis-server nor valkey-server is in PATH") {
			t.Errorf("REDIS_REQUIRED=%q: went on: %v, skipped: %q, failed: %q", required, ran, r.skipped, r.failed)
		}
	}
}
