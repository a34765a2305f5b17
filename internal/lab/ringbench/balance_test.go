package ringbench

import (
	"testing"

	"github.com/ringsession/ringsession/ring"
)

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
