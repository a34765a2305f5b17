package ringbench

import (
	"testing"
)

func TestTheRingIsEvenAndHasNoStrays(t *testing.T) {
	keys := randomKeys(1<<16, shortKey, 0)
	for _, w := range bothWeights {
		if got := balance(ours, 10, w.weights, 3, keys).most; got < 1 || got > 1.1 {
			t.Errorf("10 nodes, %s: the heaviest has %.3f of its part", w.name, got)
		}
		for i, got := range strays(ours, 10, w.weights, 3, keys) {
			if got.most != 0 || got.n != 3 {
				t.Errorf("10 nodes, %s: change %d has strays: %+v", w.name, i, got)
			}
		}
	}
}

func TestStraysAreFoundWhereThereAreSome(t *testing.T) {
	keys := randomKeys(1<<12, shortKey, 0)
	modulo := rival{"modulo", true, newModulo}
	for i, got := range strays(modulo, 10, equal, 3, keys) {
		if got.least < 50 || got.most > 100 {
			t.Errorf("a modulo moves most keys: change %d moved %.1f to %.1f per cent", i, got.least, got.most)
		}
	}
	for i, got := range strays(maglevSmall, 10, equal, 3, keys) {
		if got.median == 0 || got.median > 10 {
			t.Errorf("Maglev moves some keys: change %d moved %.1f per cent", i, got.median)
		}
	}
	unweighted := rival{"unweighted", false, newModulo}
	if got := strays(unweighted, 10, equal, 3, keys)[2]; got.n != 0 {
		t.Errorf("a rival without weights has no change of weight: got %+v", got)
	}
}
