package ring

import "slices"

// slotCount is part of the definition of a ring: another number would change
// the owners.
const slotCount = 1 << 17

// A table holds the index of each slot's owner, in narrow if there are up to
// 256 nodes and in wide if there are more. The other slice is nil.
type table struct {
	mask   uint32 // the number of slots less one
	narrow []uint8
	wide   []uint16
}

// newTable fills a table of the given size, a power of two. Nodes are numbered
// in order of name.
func newTable(slots int, nodes []Node) table {
	t := table{mask: uint32(slots - 1)}
	if len(nodes) > 1<<8 {
		t.wide = make([]uint16, slots)
	} else {
		t.narrow = make([]uint8, slots)
	}
	var perms []permutation
	for i, n := range nodes {
		perms = appendPermutations(perms, i, n)
	}
	// The first permutation that claims a slot gets it, so this order decides
	// between equal ranks.
	slices.SortFunc(perms, permutation.compare)
	t.assign(t.fill(perms), perms)
	return t
}

func (t *table) slots() int { return int(t.mask) + 1 }

func (t *table) owner(slot uint32) uint16 {
	if t.wide != nil {
		return t.wide[slot]
	}
	return uint16(t.narrow[slot])
}

func (t *table) setOwner(slot uint32, node uint16) {
	if t.wide != nil {
		t.wide[slot] = node
	} else {
		t.narrow[slot] = uint8(node)
	}
}
