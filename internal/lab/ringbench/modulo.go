package ringbench

import (
	"github.com/cespare/xxhash/v2"

	"github.com/ringsession/ringsession/ring"
)

// A modulo is what consistent hashing is there to avoid: as even as chance allows, and almost every key moves. Its balance
// is that of the sample of keys.
type modulo struct{ names []string }

func newModulo(nodes []ring.Node) spreader {
	m := &modulo{}
	for _, n := range nodes {
		for range n.Weight {
			m.names = append(m.names, n.Name)
		}
	}
	return m
}

func (m *modulo) Lookup(key string) string {
	return m.names[xxhash.Sum64String(key)%uint64(len(m.names))]
}

func (m *modulo) LookupAll(keys []string) int {
	var sum lengths
	for _, key := range keys {
		sum.add(m.Lookup(key))
	}
	return int(sum)
}
