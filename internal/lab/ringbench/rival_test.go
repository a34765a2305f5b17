package ringbench

import (
	"math"
	"slices"
	"testing"

	"github.com/ringsession/ringsession/ring"
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

// A fixed spreader gives all keys to its last node.
type fixed struct{ nodes []ring.Node }

func (f fixed) Lookup(string) string        { return f.nodes[len(f.nodes)-1].Name }
func (f fixed) LookupAll(keys []string) int { return len(keys) }

func TestBalanceIsThatOfTheHeaviestNode(t *testing.T) {
	r := rival{"fixed", true, func(nodes []ring.Node) spreader { return fixed{nodes} }}
	keys := randomKeys(100, shortKey, 0)
	if got := balance(r, 4, equal, 3, keys).Most; got != 4 {
		t.Errorf("one of 4 nodes with all keys has 4 times its part: got %v", got)
	}
	if got := balance(r, 5, mixed, 3, keys).Most; got != 3 {
		t.Errorf("weight 5 of 15 with all keys has 3 times its part: got %v", got)
	}
}

func TestTheRingIsEvenAndHasNoStrays(t *testing.T) {
	keys := randomKeys(1<<16, shortKey, 0)
	for _, w := range bothWeights {
		if got := balance(ours, 10, w.weights, 3, keys).Most; got < 1 || got > 1.1 {
			t.Errorf("10 nodes, %s: the heaviest has %.3f of its part", w.name, got)
		}
		for i, got := range strays(ours, 10, w.weights, 3, keys) {
			if got.Most != 0 || got.N != 3 {
				t.Errorf("10 nodes, %s: change %d has strays: %+v", w.name, i, got)
			}
		}
	}
}

func TestStraysAreFoundWhereThereAreSome(t *testing.T) {
	keys := randomKeys(1<<12, shortKey, 0)
	modulo := rival{"modulo", true, newModulo}
	for i, got := range strays(modulo, 10, equal, 3, keys) {
		if got.Least < 50 || got.Most > 100 {
			t.Errorf("a modulo moves most keys: change %d moved %.1f to %.1f per cent", i, got.Least, got.Most)
		}
	}
	for i, got := range strays(maglevSmall, 10, equal, 3, keys) {
		if got.Median == 0 || got.Median > 10 {
			t.Errorf("Maglev moves some keys: change %d moved %.1f per cent", i, got.Median)
		}
	}
	unweighted := rival{"unweighted", false, newModulo}
	if got := strays(unweighted, 10, equal, 3, keys)[2]; got.N != 0 {
		t.Errorf("a rival without weights has no change of weight: got %+v", got)
	}
}
