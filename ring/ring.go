package ring

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zeebo/xxh3"
)

// A Ring gives every key an owner among its nodes. Make one with [New],
// [Ring.With] or [Ring.Without]. The zero Ring has no nodes, and its Lookup
// panics.
//
// A Ring never changes, so it is safe for concurrent use. To change the ring of
// a running program, make a new one and store it in an [sync/atomic.Pointer]. A
// ring of up to 256 nodes takes less than 140,000 bytes plus the names, a
// larger one twice that.
type Ring struct {
	nodes []Node
	table table
}

// New returns the ring of the given nodes. Their order does not matter.
//
// New takes a few milliseconds. It returns an error if there are no nodes, if a
// name is empty or repeated, if a weight is negative, or if the weights add up
// to more than 65,536. An error about a node names it.
func New(nodes ...Node) (*Ring, error) {
	return build(slotCount, nodes)
}

func build(slots int, nodes []Node) (*Ring, error) {
	nodes, err := normalize(nodes)
	if err != nil {
		return nil, err
	}
	return &Ring{nodes: nodes, table: newTable(slots, nodes)}, nil
}

// With returns a ring that also has the given nodes. It is equal to the ring
// that [New] makes of them all. A node that r already has gets the new weight.
// Keys move only to nodes that are new or heavier and from nodes that are
// lighter.
//
// With takes as long as New and returns the same errors. A name counts as
// repeated if it occurs twice in nodes.
func (r *Ring) With(nodes ...Node) (*Ring, error) {
	rest := r.byName()
	for _, n := range nodes {
		delete(rest, n.Name)
	}
	return build(r.table.slots(), slices.AppendSeq(slices.Clone(nodes), maps.Values(rest)))
}

// Without returns a ring without the named nodes. It is equal to the ring that
// [New] makes of the others. Only the keys of the named nodes move: each goes
// to the first of its [Ring.Owners] that stays.
//
// Without takes as long as New. It returns an error if a name is not in the
// ring or occurs twice in names, and if no node would be left.
func (r *Ring) Without(names ...string) (*Ring, error) {
	rest := r.byName()
	for _, name := range names {
		if _, ok := rest[name]; !ok {
			return nil, fmt.Errorf("ring: node %q: not in the ring, or named twice", name)
		}
		delete(rest, name)
	}
	return build(r.table.slots(), slices.Collect(maps.Values(rest)))
}

func (r *Ring) byName() map[string]Node {
	m := make(map[string]Node, len(r.nodes))
	for _, n := range r.nodes {
		m[n.Name] = n
	}
	return m
}

// Lookup returns the name of the node that owns the key. Any string is a key,
// even the empty one. Lookup allocates nothing.
func (r *Ring) Lookup(key string) string {
	return r.nodes[r.table.owner(r.slot(key))].Name
}

func (r *Ring) slot(key string) uint32 {
	return uint32(xxh3.HashString(key)) & r.table.mask
}

// Nodes returns the nodes in order of name. A weight of 0 is returned as 1. The
// caller may change the slice.
func (r *Ring) Nodes() []Node {
	return slices.Clone(r.nodes)
}
