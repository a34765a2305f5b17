package ring

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zeebo/xxh3"
)

// A Ring gives every key an owner among its nodes. Rings are made by [New],
// [Ring.With] and [Ring.Without]; the zero Ring has no nodes and must not be
// asked for an owner.
//
// A Ring never changes, so all its methods may be called concurrently. To
// change the ring of a running program, make a new one and store it in an
// [sync/atomic.Pointer]. A ring of up to 256 nodes takes less than 140,000
// bytes beside the names, a larger one twice that.
type Ring struct {
	nodes []Node
	table table
}

// New returns the ring of the given nodes. Their order does not matter.
//
// It takes a few milliseconds. It fails without nodes and on an empty or
// repeated name, a negative weight, and weights that add up to more than
// 65,536; an error about a node names it.
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

// With returns a ring that also has the given nodes, equal to the one that
// [New] makes of them all. A node that r has already gets the new weight.
// Keys move only to nodes that are new or got heavier and from nodes that got
// lighter.
//
// It costs as much as New and fails as New does; a name is repeated if it
// occurs twice in nodes.
func (r *Ring) With(nodes ...Node) (*Ring, error) {
	rest := r.byName()
	for _, n := range nodes {
		delete(rest, n.Name)
	}
	return build(r.table.slots(), slices.AppendSeq(slices.Clone(nodes), maps.Values(rest)))
}

// Without returns a ring that lacks the named nodes, equal to the one that
// [New] makes of the others. Only the keys of the named nodes move, each to
// the next of its [Ring.Owners] that stays.
//
// It costs as much as New. It fails if a name is not in the ring or occurs
// twice in names, and if no node would be left.
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

// Lookup returns the name of the node that owns key. Any string is a key, the
// empty one too. It allocates nothing.
func (r *Ring) Lookup(key string) string {
	return r.nodes[r.table.owner(r.slot(key))].Name
}

func (r *Ring) slot(key string) uint32 {
	return uint32(xxh3.HashString(key)) & r.table.mask
}

// Nodes returns the nodes in order of name, a weight of 0 as 1. The slice is
// the caller's.
func (r *Ring) Nodes() []Node {
	return slices.Clone(r.nodes)
}
