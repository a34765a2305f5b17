package ringbench

import (
	"math"
	"slices"
	"testing"
)

func TestEveryRivalAnswersWithItsNodes(t *testing.T) {
	keys := randomKeys(2000, longKey, 0)
	for _, r := range rivals {
		for _, w := range bothWeights {
			for _, n := range []int{1, 4, 64} {
				nodes := randomNodes(n, w.weights, 0)
				s, again := r.build(nodes), r.build(nodes)
				members, sum := names(nodes), 0
				for _, key := range keys {
					owner := s.Lookup(key)
					if !slices.Contains(members, owner) {
						t.Fatalf("%s, %d nodes, %s: %q belongs to %q, which is no node", r.name, n, w.name, key, owner)
					}
					if other := again.Lookup(key); other != owner {
						t.Fatalf("%s, %d nodes, %s: %q belongs to %q and to %q", r.name, n, w.name, key, owner, other)
					}
					sum += len(owner)
				}
				if got := s.LookupAll(keys); got != sum {
					t.Errorf("%s, %d nodes, %s: LookupAll must look all keys up: it returned %d, not %d", r.name, n, w.name, got, sum)
				}
			}
		}
	}
}

// The bounds are wide for rings of few points. That of serialx/hashring has one a node as it comes, and so has none.
func TestRivalsHonourWeightsIfTheySay(t *testing.T) {
	keys := randomKeys(20_000, shortKey, 0)
	for _, r := range rivals {
		if r.name == "serialx/hashring" {
			continue
		}
		nodes := namedNodes(10, mixed)
		s := r.build(nodes)
		light, heavy := 0, 0
		for _, key := range keys {
			switch owner := s.Lookup(key); owner {
			case nodes[0].Name, nodes[5].Name:
				light++
			case nodes[4].Name, nodes[9].Name:
				heavy++
			}
		}
		if ratio := float64(heavy) / float64(light); (ratio > 2.5) != r.weighted {
			t.Errorf("%s: weight 5 got %.1f times the keys of weight 1; weighted is %v", r.name, ratio, r.weighted)
		}
	}
}

func TestMaglevGivesEachNodeItsPartOfTheSlots(t *testing.T) {
	for _, slots := range []int{7, 251, 65537, 131071} {
		for _, w := range bothWeights {
			nodes := namedNodes(5, w.weights)
			counts := make([]int, len(nodes))
			for _, owner := range maglevTable(slots, nodes) {
				counts[owner]++
			}
			for i, n := range nodes {
				fair := float64(slots) * float64(n.Weight) / float64(totalWeight(nodes))
				if math.Abs(float64(counts[i])-fair) > 3 {
					t.Errorf("%d slots, %s: weight %d has %d, not %.0f", slots, w.name, n.Weight, counts[i], fair)
				}
			}
		}
	}
}
