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
