package ring

import "math/bits"

// patience is the cost of computing one rank backwards, counted in claims that
// find their slot taken. It was measured. It does not affect the owners.
const patience = 2

// fill gives slots to the permutations rank by rank. It stops when it is
// cheaper to compute the owners of the free slots one by one, and returns
// these.
func (t *table) fill(perms []permutation) []uint32 {
	slots := t.slots()
	// The table has no value left for "not taken", and is read more slowly:
	// these bits stay in the fastest cache.
	taken := make([]uint64, (slots+63)/64)
	free := slots
	for rank := uint32(0); free > slots/(patience*len(perms)); rank++ {
		for i := range perms {
			slot := perms[i].slot(rank, t.mask)
			word, bit := slot/64, uint64(1)<<(slot%64)
			if taken[word]&bit != 0 {
				continue
			}
			taken[word] |= bit
			t.setOwner(slot, perms[i].node)
			free--
		}
	}
	return zeros(taken, slots, free)
}

// zeros returns the positions of the n zeros among the first size bits.
func zeros(words []uint64, size, n int) []uint32 {
	found := make([]uint32, 0, n)
	for i, word := range words {
		for left := ^word; left != 0; left &= left - 1 {
			if at := i*64 + bits.TrailingZeros64(left); at < size {
				found = append(found, uint32(at))
			}
		}
	}
	return found
}

// assign gives each of the slots to the permutation that ranks it lowest; of
// several, to the first one.
func (t *table) assign(slots []uint32, perms []permutation) {
	lowest := make([]uint32, len(slots))
	for i := range lowest {
		lowest[i] = t.mask + 1
	}
	for i := range perms {
		ranking := perms[i].inverse()
		for j, slot := range slots {
			if rank := ranking.rank(slot, t.mask); rank < lowest[j] {
				lowest[j] = rank
				t.setOwner(slot, perms[i].node)
			}
		}
	}
}
