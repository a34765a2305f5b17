package ring_test

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/ringsession/ringsession/ring"
	"github.com/zeebo/xxh3"
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

// definition is the definition in the package comment, word for word: slow,
// and with nothing from the package. For every slot it has all nodes in order.
type definition struct {
	slots  uint64
	owners [][]string
}

func define(slots int, nodes []ring.Node) definition {
	type bid struct {
		rank, k uint64
		name    string
	}
	compare := func(a, b bid) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.k, b.k), cmp.Compare(a.name, b.name))
	}
	s := uint64(slots)
	bids := make([][]bid, s)
	for _, n := range nodes {
		for i := range max(n.Weight, 1) {
			k := xxh3.Hash(binary.LittleEndian.AppendUint64([]byte(n.Name), uint64(i)))
			k |= 1<<0 | 1<<16 | 1<<32
			for r := range s {
				a := (r*k + (k >> 47)) % s
				b := ((a ^ (a >> 9)) * (k >> 16)) % s
				slot := ((b ^ (b >> 9)) * (k >> 32)) % s
				bids[slot] = append(bids[slot], bid{r, k, n.Name})
			}
		}
	}
	d := definition{s, make([][]string, s)}
	for slot, all := range bids {
		slices.SortFunc(all, compare)
		for _, b := range all {
			if !slices.Contains(d.owners[slot], b.name) {
				d.owners[slot] = append(d.owners[slot], b.name)
			}
		}
	}
	return d
}

func (d definition) ownersOf(key string) []string {
	return d.owners[xxh3.HashString(key)%d.slots]
}

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
