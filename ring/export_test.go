package ring

const Slots = slotCount

// NewOfSize is New with another number of slots, a power of two below Slots.
var NewOfSize = build

type Permutation = permutation

// PermutationsOf returns the permutations of n in order of their index.
func PermutationsOf(n Node) []Permutation { return appendPermutations(nil, 0, n) }

func (p permutation) Key() uint64 { return p.key }

func (p permutation) SlotAt(rank, slots uint32) uint32 { return p.slot(rank, slots-1) }

func (p permutation) RankOf(slot, slots uint32) uint32 { return p.inverse().rank(slot, slots-1) }

// SlotOwner returns the name of the node that owns slot.
func (r *Ring) SlotOwner(slot int) string { return r.nodes[r.table.owner(uint32(slot))].Name }
