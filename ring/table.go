package ring

import "slices"

// slotCount is part of the definition of a ring: another number would give
// other owners.
const slotCount = 1 << 17

// A table holds the number of each slot's owner, its low and its high byte
// apart, so that up to 256 nodes need one byte for a slot and no high at all.
type table struct {
	low, high []byte
}

// newTable fills a table of the given size, a power of two. Nodes are numbered
// in order of name.
func newTable(slots int, nodes []Node) table {
	t := table{low: make([]byte, slots)}
	if len(nodes) > 1<<8 {
		t.high = make([]byte, slots)
	}
	var perms []permutation
	for i, n := range nodes {
		perms = appendPermutations(perms, i, n)
	}
	// Whoever comes first claims, so this order decides between equal ranks.
	slices.SortFunc(perms, permutation.compare)

	// The table has no value left for "not taken", and is read more slowly:
	// these bits stay in the fastest cache.
	taken := make([]uint64, (slots+63)/64)
	mask := t.mask()
	free := slots
	for rank := uint32(0); free > 0; rank++ {
		for i := range perms {
			slot := perms[i].slot(rank, mask)
			word, bit := slot/64, uint64(1)<<(slot%64)
			if taken[word]&bit != 0 {
				continue
			}
			taken[word] |= bit
			t.claim(slot, perms[i].node)
			free--
		}
	}
	return t
}

func (t *table) mask() uint32 { return uint32(len(t.low) - 1) }

func (t *table) claim(slot uint32, node uint16) {
	t.low[slot] = byte(node)
	if t.high != nil {
		t.high[slot] = byte(node >> 8)
	}
}

func (t *table) owner(slot uint32) uint16 {
	node := uint16(t.low[slot])
	if t.high != nil {
		node |= uint16(t.high[slot]) << 8
	}
	return node
}
