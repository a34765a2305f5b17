package ring

// Shares returns for each node by name the exact part of all slots that it
// owns, so the parts add up to 1. It walks the whole table: it is meant for
// people who plan capacity, not for every request.
func (r *Ring) Shares() map[string]float64 {
	slots := r.table.slots()
	counts := make([]int, len(r.nodes))
	for slot := range uint32(slots) {
		counts[r.table.owner(slot)]++
	}
	shares := make(map[string]float64, len(counts))
	for i, n := range r.nodes {
		shares[n.Name] = float64(counts[i]) / float64(slots)
	}
	return shares
}
