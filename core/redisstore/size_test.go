package redisstore_test

import (
	"errors"
	"fmt"
	"maps"
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

// A session over a limit, perhaps of an earlier time, can be made smaller, renewed
// and ended. The error has exact numbers.
func TestASessionOverItsLimit(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	id := newID(t, s)
	fields := map[string]string{"a": strings.Repeat("x", 99), "b": strings.Repeat("x", 99), "c": ""}
	if err := s.Create(t.Context(), id, store.Delta{Set: fields, Lifetimes: life}); err != nil {
		t.Fatal(err)
	}
	small := store.Limits{Bytes: 100, Fields: 2}
	for _, test := range []struct {
		name  string
		delta store.Delta
		want  string
	}{
		{"nothing", store.Delta{}, ""},
		{"as large as before", store.Delta{Set: map[string]string{"a": strings.Repeat("y", 99)}}, ""},
		{"a byte more", store.Delta{Set: map[string]string{"c": "1"}}, "too large: 202 bytes of keys and values, the limit is 100"},
		{"a byte more, after another was deleted",
			store.Delta{Delete: []string{"a", "c", "none"}, Set: map[string]string{"b": strings.Repeat("z", 201)}},
			"too large: 202 bytes of keys and values, the limit is 100"},
		{"emptied and filled", store.Delta{Clear: true, Set: map[string]string{"d": strings.Repeat("z", 201)}},
			"too large: 202 bytes of keys and values, the limit is 100"},
		{"a field more", store.Delta{Delete: []string{"a"}, Set: map[string]string{"d": "1", "e": "1"}},
			"too large: 4 keys, the limit is 2"},
		{"smaller, still over", store.Delta{Set: map[string]string{"a": "1"}}, ""},
		{"within", store.Delta{Delete: []string{"b"}}, ""},
	} {
		test.delta.Limits = small
		err := s.Save(t.Context(), id, test.delta)
		if got := fmt.Sprint(err); got != test.want && (test.want != "" || err != nil) {
			t.Errorf("%s: error %q, want %q", test.name, got, test.want)
		}
	}
	r, err := s.Load(t.Context(), id)
	if err != nil || !maps.Equal(r.Fields, map[string]string{"a": "1", "c": ""}) {
		t.Errorf("in the end: %+v, %v", r, err)
	}
}

// Commands of a script have a bounded number of arguments; all fields arrive.
func TestManyFields(t *testing.T) {
	for name, server := range servers(t) {
		s := open(t, redisstore.Shard{Name: "a", Client: server})
		for _, n := range []int{499, 500, 501, 999, 1000, 1001, 20_000} {
			many := func(prefix string) (set map[string]string, names []string) {
				set = make(map[string]string)
				for i := range n {
					set[fmt.Sprint(prefix, i)] = fmt.Sprint(i)
					names = append(names, fmt.Sprint(prefix, i))
				}
				return set, names
			}
			first, names := many("a")
			second, more := many("b")
			third, _ := many("c")
			id := newID(t, s)
			check := func(what string, want map[string]string, err error) {
				t.Helper()
				if err != nil {
					t.Fatalf("%s: %d fields: %s: %v", name, n, what, err)
				}
				if r, err := s.Load(t.Context(), id); err != nil || !maps.Equal(r.Fields, want) {
					t.Fatalf("%s: %d fields: %s: loaded %d, %v", name, n, what, len(r.Fields), err)
				}
			}
			check("create", first, s.Create(t.Context(), id, store.Delta{Set: first, Lifetimes: life}))
			check("replace", second, s.Save(t.Context(), id, store.Delta{Delete: append(names, more...), Set: second}))
			check("clear", third, s.Save(t.Context(), id, store.Delta{Clear: true, Set: third}))
			maps.Copy(third, first)
			check("add", third, s.Save(t.Context(), id, store.Delta{Set: first}))
		}
	}
}
