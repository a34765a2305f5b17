package ring_test

import (
	"testing"

	"github.com/ringsession/ringsession/ring"
)

func TestAPermutationGivesEachRankItsOwnSlotAndBack(t *testing.T) {
	for _, slots := range []uint32{1, 2, 1 << 8, 1 << 9, 1 << 10, 1 << 16, ring.Slots} {
		for turn, p := range ring.PermutationsOf(ring.Node{Name: "redis-1", Weight: 8}) {
			seen := make([]bool, slots)
			for rank := range slots {
				slot := p.SlotAt(rank, slots)
				if slot >= slots || seen[slot] {
					t.Fatalf("each rank must have a slot of its own: permutation %d of %d slots has slot %d twice or beyond", turn, slots, slot)
				}
				seen[slot] = true
				if got := p.RankOf(slot, slots); got != rank {
					t.Fatalf("rank must undo slot: permutation %d of %d slots puts rank %d at slot %d, back to %d", turn, slots, rank, slot, got)
				}
			}
		}
	}
}

func TestNoTwoPermutationsHaveTheSameKey(t *testing.T) {
	seen := map[uint64]string{}
	for _, name := range []string{"a", "a\x00", "a\x00\x00\x00\x00\x00\x00\x00\x00", "redis-1", "redis-11"} {
		for turn, p := range ring.PermutationsOf(ring.Node{Name: name, Weight: 1000}) {
			if other, ok := seen[p.Key()]; ok {
				t.Fatalf("names and turns must not run into each other: %q has the key of %q at turn %d", name, other, turn)
			}
			seen[p.Key()] = name
		}
	}
}
