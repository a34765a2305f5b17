package redisstore_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/core/redisstore"
	"github.com/ringsession/ringsession/core/store"
	"github.com/ringsession/ringsession/internal/redistest"
)

// Values of all lengths around the limits of parts, each written over each.
func TestAValueInPartsIsWhatWasStored(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	lengths := []int{0, 1, 63, 64, 65, 127, 128, 129, 200, 511, 512, 513, 2000}
	value := func(length int, from rune) string {
		text := make([]byte, length)
		for i := range text {
			text[i] = byte(from) + byte(i/64)
			if i == 0 && length%2 == 1 {
				text[i] = '*' // as in the store's own marks
			}
		}
		return string(text)
	}
	check := func(id store.ID, want map[string]string) {
		t.Helper()
		r, err := s.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range want {
			if r.Fields[name] != text {
				t.Errorf("%.20q has %d bytes %.20q, want %d %.20q", name, len(r.Fields[name]), r.Fields[name], len(text), text)
			}
		}
		if len(r.Fields) != len(want) {
			t.Errorf("%d fields, want %d", len(r.Fields), len(want))
		}
	}
	save := func(id store.ID, d store.Delta) {
		t.Helper()
		d.Lifetimes = life
		if err := s.Save(t.Context(), id, d); err != nil {
			t.Fatal(err)
		}
	}
	long := strings.Repeat("name", 20)
	for _, before := range lengths {
		for _, after := range lengths {
			id := newID(t, s)
			one := map[string]string{"a": value(before, 'a'), "b": value(before, 'A'), "1a": value(before, '0'), long: value(before, 'a')}
			if err := s.Create(t.Context(), id, store.Delta{Set: one, Lifetimes: life}); err != nil {
				t.Fatal(err)
			}
			check(id, one)
			save(id, store.Delta{Set: map[string]string{"a": value(after, 'm')}, Delete: []string{"1a"}})
			check(id, map[string]string{"a": value(after, 'm'), "b": one["b"], long: one[long]})
			save(id, store.Delta{Set: map[string]string{"a": "1", "c": value(after, 'c')}})
			check(id, map[string]string{"a": "1", "b": one["b"], "c": value(after, 'c'), long: one[long]})
			save(id, store.Delta{Clear: true, Set: map[string]string{"b": value(after, 'B')}})
			check(id, map[string]string{"b": value(after, 'B')})
			save(id, store.Delta{Delete: []string{"b"}})
			check(id, nil)
			for name := range server.Client().HGetAll(t.Context(), key(id)).Val() {
				if name[0] != '@' || name[1] < 'a' {
					t.Fatalf("%d over %d bytes: the field %q is left behind", after, before, name)
				}
			}
		}
	}
}

// Random changes, most of which make the scripts count, beside a map.
func TestPartsAfterAnyChanges(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	limits := store.Limits{Bytes: 1200, Fields: 6}
	for range 20 {
		id, want := newID(t, s), map[string]string{}
		if err := s.Create(t.Context(), id, store.Delta{Lifetimes: life}); err != nil {
			t.Fatal(err)
		}
		for i := range 200 {
			d := store.Delta{Set: map[string]string{}, Lifetimes: life, Limits: limits, Clear: rand.IntN(20) == 0}
			after := maps.Clone(want)
			if d.Clear {
				clear(after)
			}
			for range rand.IntN(3) {
				name := string(rune('a' + rand.IntN(8)))
				delete(after, name)
				d.Delete = append(d.Delete, name)
			}
			for range rand.IntN(4) {
				name, size := string(rune('a'+rand.IntN(8))), rand.IntN(600)
				d.Set[name] = strings.Repeat(string(rune('a'+i%26)), size)
				after[name] = d.Set[name]
			}
			err := s.Save(t.Context(), id, d)
			if large := limits.Check(store.Delta{Set: after}.Size(), store.Delta{Set: want}.Size()); large != nil {
				if fmt.Sprint(err) != large.Error() {
					t.Fatalf("change %d: %v, want %v", i, err, large)
				}
			} else if err != nil {
				t.Fatal(err)
			} else {
				want = after
			}
			r, err := s.Load(t.Context(), id)
			if err != nil || !maps.Equal(r.Fields, want) {
				t.Fatalf("change %d: %d fields, %v; want %d", i, len(r.Fields), err, len(want))
			}
		}
		if n := server.Client().HLen(t.Context(), key(id)).Val(); n > 6+6*8 {
			t.Errorf("%d fields are kept for %d values", n, len(want))
		}
	}
}

// A session as people have them stays in one piece of memory, without any setting
// of the server.
func TestARealisticSessionStaysSmall(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, redisstore.Shard{Name: "a", URL: redisstore.NewURL(server.URL())})
	id := newID(t, s)
	d := store.Delta{Login: store.Login{User: "ada.lovelace@example.com"}, Lifetimes: life, Set: map[string]string{
		"email":   `"ada.lovelace@example.com"`,
		"token":   `"` + strings.Repeat("t", 43) + `"`,
		"profile": `{"` + strings.Repeat("p", 196) + `"}`,
	}}
	if err := s.Create(t.Context(), id, d); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		save := store.Delta{Set: map[string]string{"visits": fmt.Sprint(i)}, Nonce: fmt.Sprint("nonce", i), Lifetimes: life}
		if err := s.Save(t.Context(), id, save); err != nil {
			t.Fatal(err)
		}
	}
	if encoding := server.Client().ObjectEncoding(t.Context(), key(id)).Val(); encoding == "hashtable" {
		t.Error("it is a table")
	}
	bytes := server.Client().MemoryUsage(t.Context(), key(id), 0).Val()
	t.Logf("%d bytes", bytes)
	if bytes > 720 {
		t.Errorf("it takes %d bytes of Redis", bytes)
	}
}
