package ring_test

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/ringsession/ringsession/ring"
)

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
