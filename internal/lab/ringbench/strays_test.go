package ringbench

import (
	"testing"
)

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
