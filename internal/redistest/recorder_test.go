package redistest_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/internal/redistest"
)

// needServer ends the test as a missing server does. A test calls it first if it
// starts its servers anywhere but in its own goroutine.
func needServer(t *testing.T) {
	t.Helper()
	redistest.NeedBinary(t, os.Getenv, exec.LookPath)
}

// A recorder is a test whose end is looked at instead of felt.
type recorder struct {
	testing.TB
	skipped, failed string
	logged          strings.Builder
	cleanups        []func()
}

// record runs f with a test of its own, cleanups included, and returns what
// became of that test.
func record(t *testing.T, f func(t testing.TB)) *recorder {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
	return r
}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Logf(format string, args ...any) { fmt.Fprintf(&r.logged, format, args...) }

func (r *recorder) Errorf(format string, args ...any) { r.failed += fmt.Sprintf(format, args...) }

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }

func (r *recorder) Skipf(format string, args ...any) {
	r.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}
