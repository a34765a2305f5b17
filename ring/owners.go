package ring

import (
	"cmp"
	"slices"
)

// Owners returns the names of all nodes in the order in which the key prefers
// them. The first is its owner, as [Ring.Lookup] returns it. Without that node
// the second would be the owner, and so on. The caller may change the slice.
//
// Owners computes a hash for each unit of weight, so it is much slower than
// Lookup.
func (r *Ring) Owners(key string) []string {
	slot, mask := r.slot(key), r.table.mask
	order := func(p, q permutation) int {
		return cmp.Or(
			cmp.Compare(p.inverse().rank(slot, mask), q.inverse().rank(slot, mask)), p.compare(q))
	}
	firsts := make([]permutation, len(r.nodes))
	var perms []permutation
	for i, n := range r.nodes {
		perms = appendPermutations(perms[:0], i, n)
		firsts[i] = slices.MinFunc(perms, order)
	}
	slices.SortFunc(firsts, order)
	names := make([]string, len(firsts))
	for i, p := range firsts {
		names[i] = r.nodes[p.node].Name
	}
	return names
}
