package redistest

import (
	"context"
	_ "embed"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed clock.lua
var ageSource string

var ageScript = redis.NewScript(ageSource)

// timeFields are the fields of a session that hold a time in milliseconds.
var timeFields = []any{"@c", "@d", "@ended", "@login", "@renewed", "@u"}

// Advance makes every key of database 0 look d older, as if d had gone by:
// a key whose time to live is d or less is deleted, any other has d less to live,
// in a hash the store's fields of times are lowered by d where they hold an
// integer, the seconds in the journal of a hash are, and in a sorted set all scores are. A key without a time to live is not
// given one. The server's own clock stays as it is.
//
// Each key changes in one step, but not all keys in the same one. A key that is
// made meanwhile may be left out. d counts in whole milliseconds and must be at
// least one.
func (s *Server) Advance(t testing.TB, d time.Duration) {
	t.Helper()
	if d < time.Millisecond {
		t.Fatalf("redistest: advance: %v is less than a millisecond", d)
	}
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	// SCAN may name a key twice, and a key must not age twice.
	keys := map[string]bool{}
	scan := s.client.Scan(ctx, 0, "", 1000).Iterator()
	for scan.Next(ctx) {
		keys[scan.Val()] = true
	}
	if err := scan.Err(); err != nil {
		t.Fatalf("redistest: advance: %v", err)
	}
	if err := s.age(ctx, slices.Collect(maps.Keys(keys)), d); err != nil {
		t.Fatalf("redistest: advance: %v", err)
	}
}

func (s *Server) age(ctx context.Context, keys []string, d time.Duration) error {
	if err := ageScript.Load(ctx, s.client).Err(); err != nil {
		return err
	}
	args := append([]any{d.Milliseconds()}, timeFields...)
	for chunk := range slices.Chunk(keys, 1000) {
		pipe := s.client.Pipeline()
		for _, key := range chunk {
			ageScript.EvalSha(ctx, pipe, []string{key}, args...)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
