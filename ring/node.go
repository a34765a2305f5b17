package ring

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// maxTotalWeight also limits the number of nodes, so that the index of a node
// fits into 16 bits.
const maxTotalWeight = 1 << 16

// A Node is a member of a [Ring].
type Node struct {
	// Name identifies the node. Together with the weight it decides which keys
	// the node owns. It can be any string except the empty one; names are
	// compared byte by byte. Choose a name that outlives the server's address:
	// renaming a node moves all of its keys.
	Name string

	// Weight is the node's part of the keys, relative to the other weights. 0
	// means the default, 1. The weights of a ring add up to at most 65,536.
	Weight int
}

// normalize returns a copy of nodes in order of name with defaults filled in.
func normalize(nodes []Node) ([]Node, error) {
	if len(nodes) == 0 {
		return nil, errors.New("ring: no nodes")
	}
	nodes = slices.Clone(nodes)
	slices.SortFunc(nodes, func(a, b Node) int { return cmp.Compare(a.Name, b.Name) })
	total := 0
	for i := range nodes {
		n := &nodes[i]
		if n.Weight == 0 {
			n.Weight = 1
		}
		switch {
		case n.Name == "":
			return nil, fmt.Errorf("ring: node %q: empty name", n.Name)
		case i > 0 && n.Name == nodes[i-1].Name:
			return nil, fmt.Errorf("ring: node %q: repeated name", n.Name)
		case n.Weight < 0:
			return nil, fmt.Errorf("ring: node %q: negative weight %d", n.Name, n.Weight)
		case n.Weight > maxTotalWeight-total:
			return nil, fmt.Errorf("ring: node %q: weight %d brings the total above %d",
				n.Name, n.Weight, maxTotalWeight)
		}
		total += n.Weight
	}
	return nodes, nil
}
