package boltstore_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/core/storetest"
	"github.com/ringsession/ringsession/internal/lab/boltstore"
	"go.etcd.io/bbolt"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) (store.Store, func(time.Duration)) {
		s, ahead := open(t), time.Duration(0)
		s.Clock = func() time.Time { return time.Now().Add(ahead) }
		return s, func(d time.Duration) { ahead += d }
	})
}

func TestSweep(t *testing.T) {
	s := open(t)
	live := store.Delta{Lifetimes: store.Lifetimes{Idle: time.Hour, Absolute: time.Hour}}
	id := store.ID{Place: "0123456789ab", Fingerprint: "0123456789abcdef012345"}
	if err := s.Create(t.Context(), id, live); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, row := range []struct {
		after time.Duration
		found bool
	}{{0, true}, {2 * time.Hour, false}} {
		s.Clock = func() time.Time { return now.Add(row.after) }
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Clock = func() time.Time { return now }
		if _, err := s.Load(t.Context(), id); (err == nil) != row.found {
			t.Errorf("swept after %v: error %v", row.after, err)
		}
	}
}

// open returns a store in a new file. NoSync leaves out the wait for the disk,
// which a test does not need.
func open(t *testing.T) *boltstore.Store {
	file := filepath.Join(t.TempDir(), "sessions.db")
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{Timeout: time.Second, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s, err := boltstore.New(db)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
