package ring_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ringsession/ringsession/ring"
)

func TestNoNodeIsMuchHeavierThanItsShare(t *testing.T) {
	t.Parallel()
	random := func(set int) func(int) string {
		rng := rand.New(rand.NewPCG(5, uint64(set)))
		return func(int) string { return fmt.Sprintf("%016x", rng.Uint64()) }
	}
	numbered := func(set int) func(int) string {
		return func(i int) string { return fmt.Sprintf("redis%d-%d", set, i+1) }
	}
	for _, test := range []struct {
		nodes    int
		kind     string
		names    func(set int) func(i int) string
		sets     int
		heaviest float64
	}{
		{10, "random names", random, 200, 1.03},
		{10, "numbered names", numbered, 40, 1.03},
		{64, "random names", random, 200, 1.09},
		{64, "numbered names", numbered, 40, 1.09},
	} {
		t.Run(fmt.Sprintf("%d nodes with %s", test.nodes, test.kind), func(t *testing.T) {
			t.Parallel()
			heaviest := 0.0
			for set := range test.sets {
				name := test.names(set)
				nodes := make([]ring.Node, test.nodes)
				for i := range nodes {
					nodes[i].Name = name(i)
				}
				for _, share := range mustNew(t, nodes...).Shares() {
					heaviest = max(heaviest, share*float64(test.nodes))
				}
			}
			t.Logf("heaviest node in %d sets: %.4f of its share", test.sets, heaviest)
			if heaviest > test.heaviest {
				t.Errorf("equal nodes must get nearly equal shares: the heaviest has %.4f of its own, limit %.2f", heaviest, test.heaviest)
			}
		})
	}
}

func TestSharesCountTheSlots(t *testing.T) {
	r := mustNew(t, append(sequential(300), ring.Node{Name: "heavy", Weight: 300})...)
	want := map[string]float64{}
	for slot := range ring.Slots {
		want[r.SlotOwner(slot)] += 1.0 / ring.Slots
	}
	if got := r.Shares(); !maps.Equal(got, want) {
		t.Errorf("shares must be the exact parts of the slots: got %v, want %v", got, want)
	}
}

// deviation is four times the standard deviation of a share of p.
func deviation(p float64) float64 { return 4 * math.Sqrt(p/(2*ring.Slots)) }

func TestAnAddedNodeTakesItsShareAndNothingElseMoves(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(6, 6))
	for range 30 {
		nodes := randomNodes(rng, 2+rng.IntN(40), 1+rng.IntN(100))
		before, err := ring.New(nodes[1:]...)
		if err != nil {
			t.Fatal(err)
		}
		after, err := before.With(nodes[0])
		if err != nil {
			t.Fatal(err)
		}
		moved := 0
		for slot := range ring.Slots {
			from, to := before.SlotOwner(slot), after.SlotOwner(slot)
			if from == to {
				continue
			}
			if to != nodes[0].Name {
				t.Fatalf("an added node must be the only one to receive keys: slot %d moved from %q to %q", slot, from, to)
			}
			moved++
		}
		total := 0
		for _, n := range nodes {
			total += n.Weight
		}
		p := float64(nodes[0].Weight) / float64(total)
		if got := float64(moved) / ring.Slots; math.Abs(got-p) > deviation(p) {
			t.Errorf("an added node must take its share: weight %d of %d took %.5f, want %.5f within %.5f",
				nodes[0].Weight, total, got, p, deviation(p))
		}
	}
}
