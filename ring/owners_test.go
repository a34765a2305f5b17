package ring_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ringsession/ringsession/ring"
)

func TestOwnersFollowTheDefinition(t *testing.T) {
	const slots = 1 << 10
	rng := rand.New(rand.NewPCG(3, 3))
	for range 10 {
		nodes := randomNodes(rng, 1+rng.IntN(20), 10)
		r, err := ring.NewOfSize(slots, nodes)
		if err != nil {
			t.Fatal(err)
		}
		want := define(slots, nodes)
		for i := range 200 {
			key := fmt.Sprint("key ", i)
			if got := r.Owners(key); !slices.Equal(got, want.ownersOf(key)) {
				t.Fatalf("owners must be in the order of their first permutations: %q got %q, want %q", key, got, want.ownersOf(key))
			}
		}
	}
}

func TestTheNextOwnerTakesOver(t *testing.T) {
	r := mustNew(t, randomNodes(rand.New(rand.NewPCG(4, 4)), 12, 5)...)
	for i := range 4 {
		key := fmt.Sprint("key ", i)
		owners := r.Owners(key)
		names := slices.Sorted(slices.Values(owners))
		if !slices.EqualFunc(names, r.Nodes(), func(name string, n ring.Node) bool { return name == n.Name }) {
			t.Fatalf("every node must be an owner once: %q of %v", owners, r.Nodes())
		}
		for left := r; ; owners = owners[1:] {
			if got := left.Lookup(key); got != owners[0] {
				t.Fatalf("without the owners before it the next must be looked up: got %q, want %q", got, owners[0])
			}
			if len(owners) == 1 {
				break
			}
			var err error
			if left, err = left.Without(owners[0]); err != nil {
				t.Fatal(err)
			}
		}
	}
}
