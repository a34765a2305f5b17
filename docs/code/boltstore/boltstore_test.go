package boltstore_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/ringsession/ringsession/core"
	"github.com/ringsession/ringsession/core/storetest"
	"github.com/ringsession/ringsession/docs/code/boltstore"
	"go.etcd.io/bbolt"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) (core.Store, func(time.Duration)) {
		store, ahead := open(t), time.Duration(0)
		store.Clock = func() time.Time { return time.Now().Add(ahead) }
		return store, func(d time.Duration) { ahead += d }
	})
}

func TestSweep(t *testing.T) {
	store := open(t)
	live := core.Delta{Set: map[string]string{"k": "1"}, Lifetimes: core.Lifetimes{Idle: time.Hour, Absolute: time.Hour}}
	id, err := core.ParseID("boltboltbolt" + "0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Create(t.Context(), id, "n", live); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, row := range []struct {
		after time.Duration
		found bool
	}{{0, true}, {2 * time.Hour, false}} {
		store.Clock = func() time.Time { return now.Add(row.after) }
		if err := store.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		store.Clock = func() time.Time { return now }
		if _, err := store.Load(t.Context(), id); (err == nil) != row.found {
			t.Errorf("swept after %v: error %v", row.after, err)
		}
	}
}

// open returns a store in a new file. NoSync leaves out the wait for the disk, which a test does not need.
func open(t *testing.T) *boltstore.Store {
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "sessions.db"), 0o600, &bbolt.Options{Timeout: time.Second, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store, err := boltstore.New(db)
	if err != nil {
		t.Fatal(err)
	}
	return store
}
