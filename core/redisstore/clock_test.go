package redisstore_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// The clock of a bubble starts in the year 2000, decades behind the server's, and jumps to the next century.
func TestTheProgramsClockDecidesNothing(t *testing.T) {
	server := redistest.Start(t)
	var id store.ID
	synctest.Test(t, func(t *testing.T) {
		s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
		id = create(t, s)
		time.Sleep(100 * 365 * 24 * time.Hour)
		if r, err := s.Load(t.Context(), id); err != nil || r.Idle > life.Idle || r.Idle < life.Idle-10*time.Second {
			t.Errorf("after the program's clock jumped ahead: %+v, error %v", r, err)
		}
		if err := errors.Join(s.Save(t.Context(), id, set("k", "2")), s.Refresh(t.Context(), id)); err != nil {
			t.Error(err)
		}
	})
	if ttl := server.Client().PTTL(t.Context(), key(id)).Val(); ttl > life.Idle || ttl < life.Idle-10*time.Second {
		t.Errorf("TTL %v, want %v", ttl, life.Idle)
	}
}
