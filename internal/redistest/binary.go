package redistest

import (
	"fmt"
	"testing"
)

type verdict int

const (
	run verdict = iota
	skip
	fail
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

// decide says what a test does when the search for the server program ended
// with err, and why. Only "1" in required makes a missing server a failure.
func decide(err error, required string) (verdict, string) {
	switch {
	case err == nil:
		return run, ""
	case required == "1":
		return fail, fmt.Sprintf("redistest: REDIS_REQUIRED=1, but there is no Redis server: %v", err)
	default:
		return skip, fmt.Sprintf("redistest: no Redis server: %v; install one, or let make test do it", err)
	}
}

func needBinary(t testing.TB, getenv func(string) string, lookPath func(string) (string, error)) string {
	t.Helper()
	path, err := findBinary(getenv, lookPath)
	switch v, why := decide(err, getenv("REDIS_REQUIRED")); v {
	case skip:
		t.Skip(why)
	case fail:
		t.Fatal(why)
	}
	return path
}
