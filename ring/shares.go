package ring

// Shares returns each node's exact share of all slots, by the node's name. The
// shares add up to 1. Shares reads the whole table: use it to plan capacity,
// not in every request.
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
