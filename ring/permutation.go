package ring

import (
	"cmp"
	"encoding/binary"

	"github.com/zeebo/xxh3"
)

// oddFactors makes the three factors of a permutation odd, and so invertible.
const oddFactors = 1 | 1<<16 | 1<<32

// A permutation is one node's ranking of all slots: a bijection from rank to
// slot, chosen by key. Its arithmetic is modulo the number of slots, a power
// of two of at most 2^17, given as mask (the number less one).
type permutation struct {
	key  uint64
	node uint16
}

// appendPermutations appends the permutations of n, the ring's node number i.
func appendPermutations(perms []permutation, i int, n Node) []permutation {
	b := append([]byte(n.Name), make([]byte, 8)...)
	for turn := range n.Weight {
		binary.LittleEndian.PutUint64(b[len(n.Name):], uint64(turn))
		perms = append(perms, permutation{key: xxh3.Hash(b) | oddFactors, node: uint16(i)})
	}
	return perms
}

// slot returns the slot that has the given rank. It needs all three
// multiplications: with two, one pair of nodes in a thousand is six standard
// deviations out of balance.
func (p permutation) slot(rank, mask uint32) uint32 {
	x := (rank*uint32(p.key) + uint32(p.key>>47)) & mask
	x = (x ^ x>>9) * uint32(p.key>>16) & mask
	return (x ^ x>>9) * uint32(p.key>>32) & mask
}

// inverse returns the mapping from slot to rank.
func (p permutation) inverse() ranking {
	return ranking{
		third:  reciprocal(uint32(p.key >> 32)),
		second: reciprocal(uint32(p.key >> 16)),
		first:  reciprocal(uint32(p.key)),
		start:  uint32(p.key >> 47),
	}
}

// compare orders permutations that give a slot the same rank. Nodes are
// numbered in order of name.
func (p permutation) compare(q permutation) int {
	return cmp.Or(cmp.Compare(p.key, q.key), cmp.Compare(p.node, q.node))
}

// A ranking is the inverse of a permutation.
type ranking struct {
	third, second, first, start uint32
}

// rank returns the rank of the given slot: it undoes permutation.slot step by
// step.
func (r ranking) rank(slot, mask uint32) uint32 {
	x := slot * r.third & mask
	x ^= x >> 9 // undoes itself, as shifting 17 bits by 9 twice leaves nothing
	x = x * r.second & mask
	x ^= x >> 9
	return (x - r.start) * r.first & mask
}

// reciprocal returns the x for which a*x is 1 modulo 2^24 and so modulo all
// smaller powers of two; a is odd.
func reciprocal(a uint32) uint32 {
	x := a // right in 3 bits, and each step of Newton's method doubles them
	for range 3 {
		x *= 2 - a*x
	}
	return x
}
