package redistest

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// stop is an error that makes poll give up at once.
type stop struct{ error }

// poll calls check every few milliseconds until it returns nil, and returns its
// last error after the timeout.
func poll(timeout time.Duration, check func() error) error {
	deadline := time.Now().Add(timeout)
	for {
		err := check()
		if err == nil {
			return nil
		}
		if s, ok := errors.AsType[stop](err); ok {
			return s.error
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %v: %w", timeout, err)
		}
		time.Sleep(3 * time.Millisecond)
	}
}

// Eventually fails the test unless the condition comes true within 20 seconds.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	err := poll(20*time.Second, func() error {
		if !condition() {
			return errors.New("in vain")
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
