package ring_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/ringsession/ringsession/ring"
)

// randomNodes returns n nodes with random names and weights from 1 to heaviest.
func randomNodes(rng *rand.Rand, n, heaviest int) []ring.Node {
	nodes := make([]ring.Node, n)
	for i := range nodes {
		nodes[i] = ring.Node{Name: fmt.Sprintf("%016x", rng.Uint64()), Weight: 1 + rng.IntN(heaviest)}
	}
	return nodes
}

func TestATableFollowsTheDefinition(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	for _, slots := range []int{1, 2, 64, 1 << 11} {
		for _, nodes := range [][]ring.Node{
			sequential(1),
			sequential(2),
			sequential(64),
			sequential(257),
			randomNodes(rng, 5, 20),
			randomNodes(rng, 30, 10),
		} {
			r, err := ring.NewOfSize(slots, nodes)
			if err != nil {
				t.Fatal(err)
			}
			want := define(slots, nodes)
			for slot := range slots {
				if got := r.SlotOwner(slot); got != want.owners[slot][0] {
					t.Fatalf("the first permutation owns the slot: %d nodes, slot %d of %d belongs to %q, want %q",
						len(nodes), slot, slots, got, want.owners[slot][0])
				}
			}
		}
	}
}

func TestARingOf256NodesTakesAtMost140KB(t *testing.T) {
	const rings = 16
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	nodes := sequential(256)
	for i := range nodes {
		nodes[i].Weight = 1 + i%100
	}
	before := heap()
	var kept [rings]*ring.Ring
	for i := range kept {
		kept[i] = mustNew(t, nodes...)
	}
	each := (heap() - before) / rings
	runtime.KeepAlive(kept)
	if each > 140_000 {
		t.Errorf("256 nodes must fit into 140,000 bytes beside their names: got %d", each)
	}
}
