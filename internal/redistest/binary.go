package redistest

import (
	"fmt"
	"testing"
)

// findBinary returns the path of the server program.
func findBinary(getenv func(string) string, lookPath func(string) (string, error)) (string, error) {
	if name := getenv("REDIS_SERVER"); name != "" {
		path, err := lookPath(name)
		if err != nil {
			return "", fmt.Errorf("REDIS_SERVER=%q: %w", name, err)
		}
		return path, nil
	}
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := lookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("neither redis-server nor valkey-server is in PATH")
}

// needBinary returns the path of the server program. Without one, the test is
// skipped, or fails if REDIS_REQUIRED is "1".
func needBinary(t testing.TB, getenv func(string) string, lookPath func(string) (string, error)) string {
	t.Helper()
	path, err := findBinary(getenv, lookPath)
	switch {
	case err == nil:
	case getenv("REDIS_REQUIRED") == "1":
		t.Fatalf("redistest: REDIS_REQUIRED=1, but there is no Redis server: %v", err)
	default:
		t.Skip(fmt.Sprintf("redistest: no Redis server: %v; install one, or let make test do it", err))
	}
	return path
}
