package redistest_test

import (
	"errors"
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

func TestDecide(t *testing.T) {
	missing := errors.New("nowhere to be seen")
	for _, tt := range []struct {
		name     string
		err      error
		required string
		want     any
	}{
		{"found", nil, "", redistest.Run},
		{"found and required", nil, "1", redistest.Run},
		{"missing", missing, "", redistest.Skip},
		{"missing and not required", missing, "0", redistest.Skip},
		{"missing and required", missing, "1", redistest.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, why := redistest.Decide(tt.err, tt.required)
			if any(got) != tt.want {
				t.Errorf("verdict %v, want %v", got, tt.want)
			}
			if tt.err != nil && !strings.Contains(why, tt.err.Error()) {
				t.Errorf("%q does not give the reason", why)
			}
		})
	}
}

func TestMissingServerEndsTheTest(t *testing.T) {
	for _, tt := range []struct {
		required   string
		skip, fail bool
	}{
		{"", true, false},
		{"1", false, true},
	} {
		ran := false
		r := record(t, func(t testing.TB) {
			redistest.NeedBinary(t, getenv(map[string]string{"REDIS_REQUIRED": tt.required}), lookPath())
			ran = true
		})
		if ran || (r.skipped != "") != tt.skip || (r.failed != "") != tt.fail {
			t.Errorf("REDIS_REQUIRED=%q: went on: %v, skipped: %q, failed: %q", tt.required, ran, r.skipped, r.failed)
		}
	}
}
