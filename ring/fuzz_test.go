package ring_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ringsession/ringsession/ring"
)

// FuzzRing makes a small ring of comma-separated names and one weight byte
// each. Sets that New must refuse are refused; on all others the ring follows
// the definition, and adding a node and removing it again changes nothing.
func FuzzRing(f *testing.F) {
	f.Add("key", "a,b,c", []byte{1, 2, 3})
	f.Add("", "redis-1", []byte{})
	f.Add("k\x00", "a,a\x00,é", []byte{0, 16})
	f.Add("key", "a,,b", []byte{1})
	f.Add("key", "a,b,a", []byte{1, 1, 1})
	f.Fuzz(func(t *testing.T, key, list string, weights []byte) {
		const slots = 1 << 9
		names := strings.Split(list, ",")
		if len(names) > 16 {
			t.Skip("larger sets only cost time")
		}
		nodes := make([]ring.Node, len(names))
		for i, name := range names {
			nodes[i].Name = name
			if i < len(weights) {
				nodes[i].Weight = int(weights[i] % 8)
			}
		}
		slices.Sort(names)
		valid := names[0] != "" && len(slices.Compact(names)) == len(nodes)

		r, err := ring.NewOfSize(slots, nodes)
		if valid != (err == nil) {
			t.Fatalf("empty and repeated names must be refused and no others: %q got %v", list, err)
		}
		if !valid {
			return
		}
		owners := r.Owners(key)
		if want := define(slots, nodes).ownersOf(key); !slices.Equal(owners, want) {
			t.Fatalf("owners must follow the definition: got %q, want %q", owners, want)
		}
		if got := r.Lookup(key); got != owners[0] {
			t.Fatalf("the first owner must be the one looked up: got %q, want %q", got, owners[0])
		}

		other := ring.Node{Name: "other," + list, Weight: 2}
		with, err := r.With(other)
		if err != nil {
			t.Fatal(err)
		}
		if got := with.Lookup(key); got != owners[0] && got != other.Name {
			t.Fatalf("an added node must be the only one to receive keys: %q moved from %q to %q", key, owners[0], got)
		}
		if back, err := with.Without(other.Name); err != nil || !reflect.DeepEqual(back, r) {
			t.Fatalf("adding a node and removing it must change nothing: %v", err)
		}
	})
}
