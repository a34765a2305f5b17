package redisstore_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// H33: whoever writes how, at the same time and without reading, a session stays
// within its limits, and @s within its bounds.
func TestParallelBlindWritersStayWithinTheLimits(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	for _, limits := range []store.Limits{{Bytes: 4000}, {Fields: 40}, {Bytes: 4000, Fields: 100}} {
		id := create(t, s)
		var mu sync.Mutex
		refused := map[string]int{}
		var wg sync.WaitGroup
		for writer := range 20 {
			wg.Go(func() {
				for i := range 50 {
					d := store.Delta{
						Set:   map[string]string{fmt.Sprintf("%d.%d", writer, i): strings.Repeat("x", 90)},
						Nonce: fmt.Sprintf("%d.%d", writer, i), Limits: limits,
					}
					switch i % 10 {
					case 7:
						d.Delete = []string{fmt.Sprintf("%d.%d", writer, i-1)}
					case 9:
						d.Set["shared"] = strings.Repeat("y", i)
					}
					err := s.Save(t.Context(), id, d)
					tooLarge := (*store.TooLargeError)(nil)
					if errors.As(err, &tooLarge) {
						mu.Lock()
						refused[tooLarge.Unit]++
						mu.Unlock()
						if tooLarge.Size <= tooLarge.Limit {
							t.Errorf("refused without need: %v", err)
						}
					} else if err != nil {
						t.Errorf("save: %v", err)
					}
				}
			})
		}
		wg.Wait()
		r, err := s.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		size := store.Delta{Set: r.Fields}.Size()
		if limits.Check(size, store.Limits{}) != nil || len(refused) == 0 {
			t.Errorf("limits %+v: the session has %+v; refused %v", limits, size, refused)
		}
		// What is left is used: one more of the fields would not fit.
		if size.Bytes+100+50 < limits.Bytes && size.Fields < limits.Fields-1 {
			t.Errorf("limits %+v: saves were refused although the session has %+v", limits, size)
		}
		kept, err := server.Client().HGet(t.Context(), key(id), "@s").Int()
		if err != nil || kept < size.Bytes {
			t.Errorf("@s is %d, less than %d", kept, size.Bytes)
		}
		if err := s.Save(t.Context(), id, store.Delta{Clear: true, Set: map[string]string{"a": "1"}, Limits: limits}); err != nil {
			t.Errorf("emptied: %v", err)
		}
		if kept, err := server.Client().HGet(t.Context(), key(id), "@s").Int(); err != nil || kept > 100 {
			t.Errorf("@s is %d after it was emptied", kept)
		}
	}
}
